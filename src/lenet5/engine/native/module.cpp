// The functions that Python sees. Every argument is checked here, so that the stages need not. Labels and order are
// copied as they are checked; what else is borrowed must not change while a call lasts.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "network.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using lenet5::C1;
using lenet5::C3;
using lenet5::Network;

template <typename T, typename... More>
using Array = nb::ndarray<T, nb::c_contig, nb::device::cpu, More...>;
using Floats = Array<float>;
using Codes = Array<const float, nb::shape<lenet5::Output::CLASSES, lenet5::F6::UNITS>>;
using Table = Array<const bool, nb::shape<C3::INPUTS, C3::MAPS>>;
using Labels = Array<const std::int64_t, nb::ndim<1>>;
using Bytes = Array<const std::uint8_t, nb::ndim<3>>;
using Fields = Array<const float, nb::ndim<3>>;

constexpr int ARRAYS = 12;  // a weight or coefficient, and a bias, for each of C1 to F6
constexpr std::array<const char*, ARRAYS> NAMES = {"C1.weight",      "C1.bias", "S2.coefficient", "S2.bias",
                                                   "C3.weight",      "C3.bias", "S4.coefficient", "S4.bias",
                                                   "C5.weight",      "C5.bias", "F6.weight",      "F6.bias"};

// `otherwise` makes the sentence, and only where it is needed: some checks are made for every pattern.
template <typename Sentence>
void expect(bool holds, const Sentence& otherwise) {
  if (!holds) throw nb::value_error(std::string(otherwise()).c_str());
}

// Numbers too small for float32's full precision count as 0 for a while: they cost a hundredfold and change nothing.
class FlushingToZero {
#if defined(__SSE__)
  unsigned before = _mm_getcsr();

 public:
  FlushingToZero() { _mm_setcsr(before | 0x8040); }
  ~FlushingToZero() { _mm_setcsr(before); }
#endif
};

// Whether this processor has the instructions that the compiler was told it has.
bool runs_here() {
#if defined(__x86_64__) && defined(__AVX512F__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#elif defined(__x86_64__) && defined(__AVX2__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

std::array<float*, ARRAYS> pointers(const std::vector<Floats>& arrays, int kernels, const char* what) {
  using lenet5::C5, lenet5::F6, lenet5::S2, lenet5::S4;
  const std::array<int, ARRAYS> sizes = {C1::MAPS * C1::TAPS,    C1::MAPS,  S2::MAPS, S2::MAPS,
                                         kernels * C3::TAPS,     C3::MAPS,  S4::MAPS, S4::MAPS,
                                         C5::UNITS * C5::INPUTS, C5::UNITS, F6::UNITS * F6::INPUTS, F6::UNITS};
  expect(arrays.size() == ARRAYS,
         [&] { return std::to_string(arrays.size()) + " arrays of " + what + " were given; expected 12."; });
  std::array<float*, ARRAYS> result{};
  for (int k = 0; k < ARRAYS; ++k) {
    expect(arrays[k].size() == static_cast<std::size_t>(sizes[k]), [&] {
      return std::string(what) + " of " + NAMES[k] + ": " + std::to_string(arrays[k].size()) +
             " numbers were given; expected " + std::to_string(sizes[k]) + ".";
    });
    result[k] = arrays[k].data();
  }
  return result;
}

// No array that is written may share memory with another.
void expect_apart(const std::vector<Floats>& written, const std::vector<Floats>& read) {
  std::vector<std::pair<const float*, const float*>> spans;
  for (const auto* arrays : {&written, &read})
    for (const Floats& a : *arrays) spans.emplace_back(a.data(), a.data() + a.size());
  for (std::size_t i = 0; i < written.size(); ++i)
    for (std::size_t j = i + 1; j < spans.size(); ++j)
      expect(spans[i].second <= spans[j].first || spans[j].second <= spans[i].first, [] {
        return "Parameters that share memory with other parameters or rates were given; give each its own.";
      });
}

std::unique_ptr<Network> borrow(const std::array<float*, ARRAYS>& p, const std::array<float*, ARRAYS>& rate,
                                const Table& table, const Codes& codes, float scale) {
  auto network = std::make_unique<Network>();
  network->c1.take(p[0], p[1], rate[0], rate[1]);
  network->s2.take(p[2], p[3], rate[2], rate[3]);
  network->c3.take(table.data(), p[4], p[5], rate[4], rate[5]);
  network->s4.take(p[6], p[7], rate[6], rate[7]);
  network->c5.take(p[8], p[9], rate[8], rate[9]);
  network->f6.take(p[10], p[11], rate[10], rate[11]);
  network->output.take(codes.data(), scale);
  return network;
}

int kernels_of(const Table& table) {
  return static_cast<int>(std::count(table.data(), table.data() + C3::INPUTS * C3::MAPS, true));
}

// Images as bytes, with the grey level that each byte stands for, or as fields of grey levels already.
class Images {
  const std::uint8_t* bytes = nullptr;
  const float* levels = nullptr;
  const float* fields = nullptr;
  int height = C1::FIELD, width = C1::FIELD;

 public:
  std::size_t count;

  Images(const std::optional<Bytes>& as_bytes, const std::optional<Fields>& as_fields, const Floats& of_bytes) {
    expect(as_bytes.has_value() != as_fields.has_value(),
           [] { return "Give the images either as bytes or as fields."; });
    if (as_fields) {
      expect(as_fields->shape(1) == C1::FIELD && as_fields->shape(2) == C1::FIELD,
             [] { return "Fields of another size were given; expected N×32×32."; });
      fields = as_fields->data();
      count = as_fields->shape(0);
      return;
    }
    expect(as_bytes->shape(1) <= C1::FIELD && as_bytes->shape(2) <= C1::FIELD,
           [] { return "Images larger than 32×32 were given; give N×height×width, at most 32 each."; });
    expect(of_bytes.size() == 256, [] { return "Grey levels of other than the 256 bytes were given."; });
    bytes = as_bytes->data();
    levels = of_bytes.data();
    count = as_bytes->shape(0);
    height = static_cast<int>(as_bytes->shape(1));
    width = static_cast<int>(as_bytes->shape(2));
  }

  // Image n in the middle of the field; the margins are paper.
  void put(std::size_t n, float* field) const {
    if (fields) {
      std::memcpy(field, fields + n * C1::FIELD * C1::FIELD, C1::FIELD * C1::FIELD * sizeof(float));
      return;
    }
    std::fill(field, field + C1::FIELD * C1::FIELD, levels[0]);
    const std::uint8_t* from = bytes + n * height * width;
    float* to = field + (C1::FIELD - height) / 2 * C1::FIELD + (C1::FIELD - width) / 2;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) to[y * C1::FIELD + x] = levels[from[y * width + x]];
  }
};

// One update for each pattern of `order`, in that order. Returns the sum of the losses, the number of errors, and how
// many patterns were trained on: fewer than were asked for if a loss is not finite, which is then the last one summed.
std::tuple<double, std::int64_t, std::int64_t> train(const std::vector<Floats>& parameters,
                                                     const std::vector<Floats>& rates, const Table& table,
                                                     const Codes& codes, float scale, std::optional<double> rubbish,
                                                     const std::optional<Bytes>& bytes,
                                                     const std::optional<Fields>& fields, const Floats& levels,
                                                     const Labels& labels, const Labels& order) {
  const int kernels = kernels_of(table);
  const auto p = pointers(parameters, kernels, "parameters");
  const auto r = pointers(rates, kernels, "rates");
  expect_apart(parameters, rates);
  const Images images(bytes, fields, levels);
  expect(labels.size() == images.count, [] { return "As many labels as images must be given."; });
  std::vector<std::pair<std::int64_t, int>> patterns;  // which image, and its label
  patterns.reserve(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::int64_t n = order.data()[k];
    expect(n >= 0 && n < static_cast<std::int64_t>(images.count), [&] {
      return "The pattern " + std::to_string(n) + " was asked for; there are " + std::to_string(images.count) + ".";
    });
    const std::int64_t label = labels.data()[n];
    expect(label >= 0 && label < lenet5::Output::CLASSES,
           [&] { return "The label " + std::to_string(label) + " was given; expected 0 to 9."; });
    patterns.emplace_back(n, static_cast<int>(label));
  }

  nb::gil_scoped_release others_may_run;
  const FlushingToZero flushing;
  auto network = borrow(p, r, table, codes, scale);
  network->output.rubbish = rubbish;
  double loss_sum = 0;
  std::int64_t errors = 0, done = 0;
  for (const auto& [n, label] : patterns) {
    images.put(n, network->c1.image);
    network->forward();
    const double loss = network->output.loss(label);
    loss_sum += loss;
    if (!std::isfinite(loss)) break;
    errors += network->output.answer() != label;
    network->backward_and_step(label);
    ++done;
  }
  network->c3.put_back(table.data(), p[4]);
  return {loss_sum, errors, done};
}

// The states of a layer, written to `out` for every image, in the order and the places that the tensor path has them.
void states(const std::vector<Floats>& parameters, const Table& table, const Codes& codes, float scale,
            const std::optional<Bytes>& bytes, const std::optional<Fields>& fields, const Floats& levels,
            const std::string& layer, int threads, const Floats& out) {
  const auto p = pointers(parameters, kernels_of(table), "parameters");
  const Images images(bytes, fields, levels);
  const lenet5::Layer& wanted = lenet5::layer_by_name(layer.c_str());
  expect(wanted.size > 0,
         [&] { return "There is no layer " + layer + "; choose one of C1, S2, C3, S4, C5, F6, OUTPUT."; });
  expect(out.size() == images.count * wanted.size,
         [] { return "The array for the states has another size than they have."; });
  expect(threads >= 1, [] { return "The number of threads must be 1 or more."; });

  nb::gil_scoped_release others_may_run;
  const auto part = [&](Network* network, std::size_t begin, std::size_t end) {
    const FlushingToZero flushing;
    for (std::size_t n = begin; n < end; ++n) {
      images.put(n, network->c1.image);
      network->forward();
      wanted.copy(*network, out.data() + n * wanted.size);
    }
  };
  const std::size_t most = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t parts = std::min({static_cast<std::size_t>(threads), std::max<std::size_t>(images.count, 1), most});
  // All memory before the first thread: nothing in a thread can fail.
  std::vector<std::unique_ptr<Network>> networks;
  for (std::size_t k = 0; k < parts; ++k) networks.push_back(borrow(p, {}, table, codes, scale));
  std::vector<std::thread> helpers;
  helpers.reserve(parts);
  std::size_t started = 1;
  try {
    for (; started < parts; ++started)
      helpers.emplace_back(part, networks[started].get(), images.count * started / parts,
                           images.count * (started + 1) / parts);
  } catch (const std::system_error&) {
    // No more threads are to be had: this one does what is left.
    part(networks[0].get(), images.count * started / parts, images.count);
  }
  part(networks[0].get(), 0, images.count / parts);
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace

NB_MODULE(_native, module) {
  if (!runs_here()) throw nb::import_error("The native engine was built for another processor.");
  // noconvert: an array of another type or layout is refused, for a copy would be trained in its stead.
  module.def("train", &train, "parameters"_a.noconvert(), "rates"_a.noconvert(), "table"_a.noconvert(),
             "codes"_a.noconvert(), "scale"_a, "rubbish"_a.none(), "images"_a.noconvert().none(),
             "fields"_a.noconvert().none(), "levels"_a.noconvert(), "labels"_a.noconvert(), "order"_a.noconvert());
  module.def("states", &states, "parameters"_a.noconvert(), "table"_a.noconvert(), "codes"_a.noconvert(), "scale"_a,
             "images"_a.noconvert().none(), "fields"_a.noconvert().none(), "levels"_a.noconvert(), "layer"_a,
             "threads"_a, "out"_a.noconvert());
}
