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
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "instruction_sets.hpp"
#include "passes.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using lenet5::ARRAYS, lenet5::FIELD;

template <typename T, typename... More>
using Array = nb::ndarray<T, nb::c_contig, nb::device::cpu, More...>;
using Floats = Array<float>;
using Codes = Array<const float, nb::shape<lenet5::CLASSES, lenet5::CODE>>;
using Table = Array<const bool, nb::shape<lenet5::S2_MAPS, lenet5::C3_MAPS>>;
using Labels = Array<const std::int64_t, nb::ndim<1>>;
using Bytes = Array<const std::uint8_t, nb::ndim<3>>;
using Fields = Array<const float, nb::ndim<3>>;

constexpr std::array<const char*, ARRAYS> NAMES = {"C1.weight",      "C1.bias", "S2.coefficient", "S2.bias",
                                                   "C3.weight",      "C3.bias", "S4.coefficient", "S4.bias",
                                                   "C5.weight",      "C5.bias", "F6.weight",      "F6.bias"};

// `otherwise` makes the sentence, and only where it is needed: some checks are made for every pattern.
template <typename Sentence>
void expect(bool holds, const Sentence& otherwise) {
  if (!holds) throw nb::value_error(std::string(otherwise()).c_str());
}

// The instruction sets that passes.cpp was compiled with and this processor has not.
std::string missing_instruction_sets() {
#define LENET5_ASKED(macro, name) {name, __builtin_cpu_supports(name) != 0},
  const std::pair<const char*, bool> sets[] = {LENET5_INSTRUCTION_SETS(LENET5_ASKED){nullptr, true}};
  std::string missing;
  for (int i = 0; sets[i].first; ++i)
    if (lenet5::COMPILED_WITH[i] && !sets[i].second) missing += (missing.empty() ? "" : ", ") + std::string(sets[i].first);
  return missing;
}

template <typename Pointer>
void point(const std::vector<Floats>& arrays, int kernels, const std::string& what, Pointer (&to)[ARRAYS]) {
  std::size_t sizes[ARRAYS];
  lenet5::array_sizes(kernels, sizes);
  expect(arrays.size() == ARRAYS,
         [&] { return std::to_string(arrays.size()) + " arrays of " + what + " were given; expected 12."; });
  for (int k = 0; k < ARRAYS; ++k) {
    expect(arrays[k].size() == sizes[k], [&] {
      return what + " of " + NAMES[k] + ": " + std::to_string(arrays[k].size()) + " numbers were given; expected " +
             std::to_string(sizes[k]) + ".";
    });
    to[k] = arrays[k].data();
  }
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

int kernels_of(const Table& table) {
  return static_cast<int>(std::count(table.data(), table.data() + lenet5::S2_MAPS * lenet5::C3_MAPS, true));
}

struct Destroy {
  void operator()(lenet5::Network* network) const { lenet5::destroy(network); }
};
using Network = std::unique_ptr<lenet5::Network, Destroy>;

lenet5::Images images_of(const std::optional<Bytes>& bytes, const std::optional<Fields>& fields, const Floats& levels) {
  expect(bytes.has_value() != fields.has_value(), [] { return "Give the images either as bytes or as fields."; });
  if (fields) {
    expect(fields->shape(1) == FIELD && fields->shape(2) == FIELD,
           [] { return "Fields of another size were given; expected N×32×32."; });
    return {nullptr, nullptr, fields->data(), FIELD, FIELD};
  }
  expect(bytes->shape(1) <= FIELD && bytes->shape(2) <= FIELD,
         [] { return "Images larger than 32×32 were given; give N×height×width, at most 32 each."; });
  expect(levels.size() == 256, [] { return "Grey levels of other than the 256 bytes were given."; });
  return {bytes->data(), levels.data(), nullptr, static_cast<int>(bytes->shape(1)), static_cast<int>(bytes->shape(2))};
}

std::size_t count_of(const std::optional<Bytes>& bytes, const std::optional<Fields>& fields) {
  return bytes ? bytes->shape(0) : fields->shape(0);
}

// One update for each pattern of `order`, in that order. Returns the sum of the losses, the number of errors, and how
// many patterns were trained on: fewer than were asked for if a loss is not finite, which is then the last one summed.
std::tuple<double, std::int64_t, std::int64_t> train(const std::vector<Floats>& parameters,
                                                     const std::vector<Floats>& rates, const Table& table,
                                                     const Codes& codes, float scale, std::optional<double> rubbish,
                                                     const std::optional<Bytes>& bytes,
                                                     const std::optional<Fields>& fields, const Floats& levels,
                                                     const Labels& labels, const Labels& order) {
  lenet5::Parts parts{{}, {}, table.data(), codes.data(), scale, rubbish ? &*rubbish : nullptr};
  point(parameters, kernels_of(table), "parameters", parts.parameters);
  point(rates, kernels_of(table), "rates", parts.rates);
  expect_apart(parameters, rates);
  const lenet5::Images given = images_of(bytes, fields, levels);
  const std::size_t count = count_of(bytes, fields);
  expect(labels.size() == count, [] { return "As many labels as images must be given."; });
  std::vector<lenet5::Pattern> patterns;
  patterns.reserve(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::int64_t n = order.data()[k];
    expect(n >= 0 && n < static_cast<std::int64_t>(count), [&] {
      return "The pattern " + std::to_string(n) + " was asked for; there are " + std::to_string(count) + ".";
    });
    const std::int64_t label = labels.data()[n];
    expect(label >= 0 && label < lenet5::CLASSES,
           [&] { return "The label " + std::to_string(label) + " was given; expected 0 to 9."; });
    patterns.push_back({n, static_cast<int>(label)});
  }

  nb::gil_scoped_release others_may_run;
  const Network network(lenet5::make(parts));
  const lenet5::TrainedPart part =
      lenet5::train(*network, parts, given, patterns.data(), patterns.data() + patterns.size());
  return {part.loss_sum, part.errors, part.patterns};
}

// The states of a layer, written to `out` for every image, in the order and the places that the tensor path has them.
void states(const std::vector<Floats>& parameters, const Table& table, const Codes& codes, float scale,
            const std::optional<Bytes>& bytes, const std::optional<Fields>& fields, const Floats& levels,
            const std::string& layer, int threads, const Floats& out) {
  lenet5::Parts parts{{}, {}, table.data(), codes.data(), scale, nullptr};
  point(parameters, kernels_of(table), "parameters", parts.parameters);
  const lenet5::Images given = images_of(bytes, fields, levels);
  const std::size_t count = count_of(bytes, fields), size = lenet5::layer_size(layer.c_str());
  expect(size > 0, [&] { return "There is no layer " + layer + "; choose one of C1, S2, C3, S4, C5, F6, OUTPUT."; });
  expect(out.size() == count * size, [] { return "The array for the states has another size than they have."; });
  expect(threads >= 1, [] { return "The number of threads must be 1 or more."; });

  nb::gil_scoped_release others_may_run;
  const auto part = [&](const Network& network, std::size_t begin, std::size_t end) {
    lenet5::states(*network, given, begin, end, layer.c_str(), out.data());
  };
  const std::size_t most = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t share = std::min({static_cast<std::size_t>(threads), std::max<std::size_t>(count, 1), most});
  // All memory before the first thread: nothing in a thread can fail.
  std::vector<Network> networks;
  for (std::size_t k = 0; k < share; ++k) networks.emplace_back(lenet5::make(parts));
  std::vector<std::thread> helpers;
  helpers.reserve(share);
  std::size_t started = 1;
  try {
    for (; started < share; ++started)
      helpers.emplace_back(part, std::cref(networks[started]), count * started / share, count * (started + 1) / share);
  } catch (const std::exception&) {
    // No more threads, or no memory for one: this one does what is left.
    part(networks[0], count * started / share, count);
  }
  part(networks[0], 0, count / share);
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace

NB_MODULE(_native, module) {
  if (const std::string missing = missing_instruction_sets(); !missing.empty())
    throw nb::import_error(("it was built for processors with " + missing + ", which this one has not").c_str());
  // noconvert: an array of another type or layout is refused, for a copy would be trained in its stead.
  module.def("train", &train, "parameters"_a.noconvert(), "rates"_a.noconvert(), "table"_a.noconvert(),
             "codes"_a.noconvert(), "scale"_a, "rubbish"_a.none(), "images"_a.noconvert().none(),
             "fields"_a.noconvert().none(), "levels"_a.noconvert(), "labels"_a.noconvert(), "order"_a.noconvert());
  module.def("states", &states, "parameters"_a.noconvert(), "table"_a.noconvert(), "codes"_a.noconvert(), "scale"_a,
             "images"_a.noconvert().none(), "fields"_a.noconvert().none(), "levels"_a.noconvert(), "layer"_a,
             "threads"_a, "out"_a.noconvert());
}
