// The functions that Python sees. Every argument is checked here, so that the stages need not. Table, labels and order
// are copied as they are checked; what else is borrowed must not change while a call lasts.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "instruction_sets.hpp"
#include "passes.hpp"
#include "strings.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using lenet5::INPUT;
using lenet5::LINE_ROWS;
using lenet5::SEGMENT_FEATURES;
using lenet5::SWEEP_FEATURES;

template <typename T, typename... More>
using Array = nb::ndarray<T, nb::c_contig, nb::device::cpu, More...>;
using Floats = Array<float>;
using Codes = Array<const float, nb::shape<-1, lenet5::CODE>>;
using Table = Array<const bool, nb::shape<lenet5::S2_MAPS, lenet5::C3_MAPS>>;
using Labels = Array<const std::int64_t, nb::ndim<1>>;
using Bytes = Array<const std::uint8_t, nb::ndim<3>>;
using Inputs = Array<const float, nb::ndim<3>>;

// The twelve arrays in the order in which Python has them, and their names there.
template <typename Each>
constexpr Each lenet5::PerArray<Each>::* IN_ORDER[] = {
    &lenet5::PerArray<Each>::c1_weight,      &lenet5::PerArray<Each>::c1_bias,
    &lenet5::PerArray<Each>::s2_coefficient, &lenet5::PerArray<Each>::s2_bias,
    &lenet5::PerArray<Each>::c3_weight,      &lenet5::PerArray<Each>::c3_bias,
    &lenet5::PerArray<Each>::s4_coefficient, &lenet5::PerArray<Each>::s4_bias,
    &lenet5::PerArray<Each>::c5_weight,      &lenet5::PerArray<Each>::c5_bias,
    &lenet5::PerArray<Each>::f6_weight,      &lenet5::PerArray<Each>::f6_bias,
};
constexpr std::size_t ARRAYS = std::size(IN_ORDER<float*>);
constexpr const char* NAMES[ARRAYS] = {"C1.weight", "C1.bias", "S2.coefficient", "S2.bias", "C3.weight", "C3.bias",
                                       "S4.coefficient", "S4.bias", "C5.weight", "C5.bias", "F6.weight", "F6.bias"};

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

// The memory of an array. Its numbers must lie at multiples of their size, as the compiler takes for granted.
using Span = std::pair<std::uintptr_t, std::uintptr_t>;

template <typename Given>
Span span(const Given& array) {
  const auto begin = reinterpret_cast<std::uintptr_t>(array.data());
  expect(begin % array.itemsize() == 0,
         [] { return "An array whose numbers lie between the multiples of their size was given; give a copy."; });
  return {begin, begin + array.nbytes()};
}

// Points `to` each of the twelve arrays; returns their memory.
template <typename Pointer>
std::vector<Span> point_to(const std::vector<Floats>& arrays, int kernels, const std::string& what,
                           lenet5::PerArray<Pointer>& to) {
  std::vector<Span> spans;
  const lenet5::Sizes sizes = lenet5::array_sizes(kernels);
  expect(arrays.size() == ARRAYS,
         [&] { return std::to_string(arrays.size()) + " arrays of " + what + " were given; expected 12."; });
  for (std::size_t k = 0; k < ARRAYS; ++k) {
    const std::size_t size = sizes.*IN_ORDER<std::size_t>[k];
    expect(arrays[k].size() == size, [&] {
      return what + " of " + NAMES[k] + ": " + std::to_string(arrays[k].size()) + " numbers were given; expected " +
             std::to_string(size) + ".";
    });
    to.*IN_ORDER<Pointer>[k] = arrays[k].data();
    spans.push_back(span(arrays[k]));
  }
  return spans;
}

// No array that is written may share memory with another that is read or written.
void expect_apart(const std::vector<Span>& written, const std::vector<Span>& read) {
  std::vector<Span> all = written;
  all.insert(all.end(), read.begin(), read.end());
  for (std::size_t i = 0; i < written.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j)
      expect(written[i].second <= all[j].first || all[j].second <= written[i].first,
             [] { return "Arrays to write to that share memory with others were given; give each its own."; });
}

// A copy of C3's table, which says how long its arrays are and so must not change: a bool is any byte but 0.
struct CopiedTable {
  bool connected[lenet5::S2_MAPS * lenet5::C3_MAPS];
  int kernels = 0;

  explicit CopiedTable(const Table& table) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(table.data());
    for (bool& one : connected) kernels += one = *bytes++ != 0;
  }
};

// How many classes there are.
int classes_of(const Codes& codes) {
  const std::size_t classes = codes.shape(0);
  expect(classes >= 1 && classes <= lenet5::MOST_CLASSES,
         [&] { return std::to_string(classes) + " codes were given; expected 1 to 16."; });
  return static_cast<int>(classes);
}

struct Destroy {
  void operator()(lenet5::Network* network) const { lenet5::destroy(network); }
};
using Network = std::unique_ptr<lenet5::Network, Destroy>;

// Images, and how many they are; their memory goes to `read`.
std::pair<lenet5::Images, std::size_t> images_of(const std::optional<Bytes>& bytes, const std::optional<Inputs>& inputs,
                                                 const Floats& levels, std::vector<Span>& read) {
  expect(bytes.has_value() != inputs.has_value(), [] { return "Give the images either as bytes or as inputs."; });
  if (inputs) {
    expect(inputs->shape(1) == INPUT && inputs->shape(2) == INPUT,
           [] { return "Inputs of another size were given; expected N×32×32."; });
    read.push_back(span(*inputs));
    return {{nullptr, nullptr, inputs->data(), INPUT, INPUT}, inputs->shape(0)};
  }
  const std::size_t height = bytes->shape(1), width = bytes->shape(2);
  expect(height <= INPUT && width <= INPUT,
         [] { return "Images larger than 32×32 were given; give N×height×width, at most 32 each."; });
  expect(levels.size() == 256, [] { return "Grey levels of other than the 256 bytes were given."; });
  read.insert(read.end(), {span(*bytes), span(levels)});
  return {{bytes->data(), levels.data(), nullptr, static_cast<int>(height), static_cast<int>(width)}, bytes->shape(0)};
}

// One update for each pattern of `order`, in that order. Returns the sum of the losses, the number of errors, and how
// many patterns were trained on: fewer than were asked for if a loss is not finite, which is then the last one summed.
std::tuple<double, std::int64_t, std::int64_t> train(const std::vector<Floats>& parameters,
                                                     const std::vector<Floats>& rates, const Table& table,
                                                     const Codes& codes, float scale, std::optional<double> rubbish,
                                                     const std::optional<Bytes>& bytes,
                                                     const std::optional<Inputs>& inputs, const Floats& levels,
                                                     const Labels& labels, const Labels& order) {
  const CopiedTable copied(table);
  const int classes = classes_of(codes);
  lenet5::Parts parts{{}, {}, copied.connected, codes.data(), classes, scale, rubbish ? &*rubbish : nullptr};
  std::vector<Span> read = {span(codes)};
  const std::vector<Span> written = point_to(parameters, copied.kernels, "parameters", parts.parameters);
  for (const Span& rate : point_to(rates, copied.kernels, "rates", parts.rates)) read.push_back(rate);
  const auto [given, count] = images_of(bytes, inputs, levels, read);
  expect_apart(written, read);
  span(labels), span(order);
  expect(labels.size() == count, [] { return "As many labels as images must be given."; });
  std::vector<lenet5::Pattern> patterns;
  patterns.reserve(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::int64_t n = order.data()[k];
    expect(n >= 0 && n < static_cast<std::int64_t>(labels.size()), [&] {
      return "The pattern " + std::to_string(n) + " was asked for; there are " + std::to_string(labels.size()) + ".";
    });
    const std::int64_t label = labels.data()[n];
    expect(label >= 0 && label < classes, [&] {
      return "The label " + std::to_string(label) + " was given; expected 0 to " + std::to_string(classes - 1) + ".";
    });
    patterns.push_back({n, static_cast<int>(label)});
  }

  nb::gil_scoped_release others_may_run;
  const Network network(lenet5::make(parts));
  const lenet5::TrainedPart part =
      lenet5::train(*network, parts, given, patterns.data(), patterns.data() + patterns.size());
  return {part.loss_sum, part.errors, part.patterns};
}

// The states of a layer for every image, written to `out` in the order that the tensor path has.
void states(const std::vector<Floats>& parameters, const Table& table, const Codes& codes, float scale,
            const std::optional<Bytes>& bytes, const std::optional<Inputs>& inputs, const Floats& levels,
            const std::string& layer, int threads, const Floats& out) {
  const CopiedTable copied(table);
  const int classes = classes_of(codes);
  lenet5::Parts parts{{}, {}, copied.connected, codes.data(), classes, scale, nullptr};
  std::vector<Span> read = point_to(parameters, copied.kernels, "parameters", parts.parameters);
  read.push_back(span(codes));
  const auto images = images_of(bytes, inputs, levels, read);
  const std::size_t count = images.second, size = lenet5::layer_size(layer.c_str(), classes);
  expect(size > 0, [&] { return "There is no layer " + layer + "; choose one of C1, S2, C3, S4, C5, F6, OUTPUT."; });
  expect(out.size() == count * size, [] { return "The array for the states has another size than they have."; });
  expect_apart({span(out)}, read);
  expect(threads >= 1, [] { return "The number of threads must be 1 or more."; });

  nb::gil_scoped_release others_may_run;
  const auto part = [&](const Network& network, std::size_t begin, std::size_t end) {
    lenet5::states(*network, images.first, begin, end, layer.c_str(), out.data());
  };
  const std::size_t limit = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t workers = std::min({static_cast<std::size_t>(threads), std::max<std::size_t>(count, 1), limit});
  // All memory before the first thread: nothing in a thread can fail.
  std::vector<Network> networks;
  for (std::size_t k = 0; k < workers; ++k) networks.emplace_back(lenet5::make(parts));
  std::vector<std::thread> helpers;
  helpers.reserve(workers);
  std::size_t started = 1;
  try {
    for (; started < workers; ++started)
      helpers.emplace_back(part, std::cref(networks[started]), count * started / workers,
                           count * (started + 1) / workers);
  } catch (const std::exception&) {
    // No more threads, or no memory for one: this one does what is left.
    part(networks[0], count * started / workers, count);
  }
  part(networks[0], 0, count / workers);
  for (std::thread& helper : helpers) helper.join();
}

// A vector's memory as a NumPy array of so many rows.
template <typename T>
nb::object as_rows(std::vector<T>&& numbers, std::size_t columns) {
  auto* kept = new std::vector<T>(std::move(numbers));
  const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<2>>(kept->data(), {kept->size() / columns, columns}, owner));
}

// The segmentation graph of a line: cuts, what each crosses, arcs, boxes, features and patterns.
nb::tuple segments(const Array<const std::uint8_t, nb::ndim<2>>& line) {
  expect(line.shape(0) == std::size_t{LINE_ROWS} && line.shape(1) >= 1 && line.shape(1) <= 1 << 20,
         [] { return "A line of another size was given; expected 44 rows."; });
  lenet5::Segments found;
  {
    nb::gil_scoped_release others_may_run;
    const int width = static_cast<int>(line.shape(1));
    found = lenet5::segments_of(line.data(), width, width);
  }
  return nb::make_tuple(as_rows(std::move(found.cuts), LINE_ROWS), as_rows(std::move(found.crossed), 1),
                        as_rows(std::move(found.arcs), 2), as_rows(std::move(found.boxes), 4),
                        as_rows(std::move(found.features), SEGMENT_FEATURES), as_rows(std::move(found.patterns), INPUT * INPUT));
}

lenet5::Arcs arcs_of(const Array<const std::int32_t, nb::shape<-1, 2>>& ends,
                     const Array<const double, nb::ndim<2>>& penalties) {
  const std::size_t count = ends.shape(0);
  expect(count >= 1 && penalties.shape(0) == count, [] { return "As many penalties as arcs must be given."; });
  std::int32_t before = 0, nodes = 0;
  for (std::size_t s = 0; s < count; ++s) {
    const std::int32_t from = ends.data()[2 * s], to = ends.data()[2 * s + 1];
    expect(from >= before && to > from, [] { return "Arcs lead to a later cut, in the order of those they leave."; });
    before = from, nodes = std::max(nodes, to + 1);
  }
  return {ends.data(), penalties.data(), count, static_cast<int>(penalties.shape(1)), nodes};
}

// The likeliest string of a recognition graph and the runner-up: the path of each, and its posterior.
nb::list interpret(const Array<const std::int32_t, nb::shape<-1, 2>>& ends,
                   const Array<const double, nb::ndim<2>>& penalties) {
  const lenet5::Arcs arcs = arcs_of(ends, penalties);
  std::vector<lenet5::Interpretation> found;
  {
    nb::gil_scoped_release others_may_run;
    found = lenet5::interpret(arcs);
  }
  nb::list all;
  for (lenet5::Interpretation& one : found) all.append(nb::make_tuple(as_rows(std::move(one.path), 2), one.posterior));
  return all;
}

double string_posterior(const Array<const std::int32_t, nb::shape<-1, 2>>& ends,
                        const Array<const double, nb::ndim<2>>& penalties, const std::vector<std::int64_t>& text) {
  const lenet5::Arcs arcs = arcs_of(ends, penalties);
  for (const std::int64_t digit : text)
    expect(digit >= 0 && digit <= 9, [] { return "A string of digits must be given."; });
  nb::gil_scoped_release others_may_run;
  return lenet5::string_posterior(arcs, text);
}

// A line each and an isolated digit each, an update each. Returns the sums of their losses, the errors, and how many
// lines were trained on: fewer than were given if a loss is not finite.
std::tuple<double, double, std::int64_t, std::int64_t, std::int64_t> train_strings(
    const std::vector<Floats>& parameters, const std::vector<Floats>& rates, const Table& table, const Codes& codes,
    float scale, double rubbish, const Floats& levels, const std::vector<Floats>& segmenter,
    const std::vector<Floats>& segmenter_rates, int criterion, float least_at_stake,
    const Array<const std::uint8_t, nb::ndim<3>>& lines, const Labels& widths,
    const Array<const std::int64_t, nb::ndim<2>>& labels, const Bytes& images, const Labels& isolated_images,
    const Labels& isolated_labels) {
  const CopiedTable copied(table);
  const int classes = classes_of(codes);
  lenet5::Parts parts{{}, {}, copied.connected, codes.data(), classes, scale, &rubbish};
  std::vector<Span> read = {span(codes), span(lines), span(labels), span(widths)};
  std::vector<Span> written = point_to(parameters, copied.kernels, "parameters", parts.parameters);
  for (const Span& rate : point_to(rates, copied.kernels, "rates", parts.rates)) read.push_back(rate);
  const auto [isolated, count] = images_of(images, std::nullopt, levels, read);
  const int rows = static_cast<int>(lines.shape(1)), features = rows == LINE_ROWS ? SEGMENT_FEATURES : SWEEP_FEATURES;
  expect(rows == LINE_ROWS || rows == INPUT, [] { return "A line has 44 rows, and to be swept over 32."; });
  const auto expect_segmenter = [&](const std::vector<Floats>& arrays) {
    expect(arrays.size() == 2 && arrays[0].size() == std::size_t(classes * features) && arrays[1].size() == 1,
           [] { return "A segmenter is classes×15 weights, of a sweep classes×3, and a temperature, and so are its rates."; });
  };
  expect_segmenter(segmenter), expect_segmenter(segmenter_rates);
  for (const Floats& array : segmenter) written.push_back(span(array));
  for (const Floats& array : segmenter_rates) read.push_back(span(array));
  expect_apart(written, read);
  expect(criterion >= 0 && criterion < 4, [] { return "There are the criteria 0 to 3."; });
  const std::size_t n = lines.shape(0);
  expect(widths.size() == n && labels.shape(0) == n && isolated_images.size() == n && isolated_labels.size() == n,
         [] { return "As many widths, labels and isolated digits as lines must be given."; });
  for (std::size_t k = 0; k < n; ++k) {
    expect(widths.data()[k] >= (rows == INPUT ? INPUT : 1) && widths.data()[k] <= static_cast<std::int64_t>(lines.shape(2)),
           [] { return "A line's width must be 1, to be swept over 32, to that of the array."; });
    expect(isolated_images.data()[k] >= 0 && isolated_images.data()[k] < static_cast<std::int64_t>(count),
           [] { return "An isolated digit was asked for that there is not."; });
    expect(isolated_labels.data()[k] >= 0 && isolated_labels.data()[k] < classes,
           [] { return "An isolated digit's label must be a class."; });
    for (std::size_t d = 0; d < labels.shape(1); ++d) {
      const std::int64_t digit = labels.data()[k * labels.shape(1) + d];
      expect(digit >= (d ? -1 : 0) && digit <= 9, [] { return "A string's labels are digits, and −1 behind the last."; });
    }
  }

  nb::gil_scoped_release others_may_run;
  const Network network(lenet5::make(parts));
  const lenet5::TrainedLines trained = lenet5::train_strings(
      *network, parts,
      {segmenter[0].data(), segmenter[1].data(), segmenter_rates[0].data(), segmenter_rates[1].data()},
      static_cast<lenet5::Criterion>(criterion), least_at_stake,
      {lines.data(), widths.data(), labels.data(), static_cast<int>(n), rows, static_cast<int>(lines.shape(2)),
       static_cast<int>(labels.shape(1)), isolated, isolated_images.data(), isolated_labels.data()});
  return {trained.loss_sum, trained.isolated_loss_sum, trained.errors, trained.isolated_errors, trained.lines};
}

}  // namespace

NB_MODULE(_native, module) {
  if (const std::string missing = missing_instruction_sets(); !missing.empty())
    throw nb::import_error(("it was built for processors with " + missing + ", which this one has not").c_str());
  // noconvert: an array of another type or layout is refused, for a copy would be trained in its stead.
  module.def("train", &train, "parameters"_a.noconvert(), "rates"_a.noconvert(), "table"_a.noconvert(),
             "codes"_a.noconvert(), "scale"_a, "rubbish"_a.none(), "images"_a.noconvert().none(),
             "inputs"_a.noconvert().none(), "levels"_a.noconvert(), "labels"_a.noconvert(), "order"_a.noconvert());
  module.def("states", &states, "parameters"_a.noconvert(), "table"_a.noconvert(), "codes"_a.noconvert(), "scale"_a,
             "images"_a.noconvert().none(), "inputs"_a.noconvert().none(), "levels"_a.noconvert(), "layer"_a,
             "threads"_a, "out"_a.noconvert());
  module.def("segments", &segments, "line"_a.noconvert());
  module.def("interpret", &interpret, "ends"_a.noconvert(), "penalties"_a.noconvert());
  module.def("string_posterior", &string_posterior, "ends"_a.noconvert(), "penalties"_a.noconvert(), "text"_a);
  module.def("train_strings", &train_strings, "parameters"_a.noconvert(), "rates"_a.noconvert(), "table"_a.noconvert(),
             "codes"_a.noconvert(), "scale"_a, "rubbish"_a, "levels"_a.noconvert(), "segmenter"_a.noconvert(),
             "segmenter_rates"_a.noconvert(), "criterion"_a, "least_at_stake"_a, "lines"_a.noconvert(),
             "widths"_a.noconvert(), "labels"_a.noconvert(), "images"_a.noconvert(), "isolated_images"_a.noconvert(),
             "isolated_labels"_a.noconvert());
}
