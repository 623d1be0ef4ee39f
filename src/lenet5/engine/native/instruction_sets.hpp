// The instruction sets that a compiler may be told of beyond those of every x86-64 processor: the macro that it then
// defines, and the name by which the processor is asked.
#pragma once

#if defined(__x86_64__)
#define LENET5_INSTRUCTION_SETS(SET) \
  SET(__SSE3__, "sse3")              \
  SET(__SSSE3__, "ssse3")            \
  SET(__SSE4_1__, "sse4.1")          \
  SET(__SSE4_2__, "sse4.2")          \
  SET(__SSE4A__, "sse4a")            \
  SET(__POPCNT__, "popcnt")          \
  SET(__AVX__, "avx")                \
  SET(__AVX2__, "avx2")              \
  SET(__FMA__, "fma")                \
  SET(__FMA4__, "fma4")              \
  SET(__XOP__, "xop")                \
  SET(__BMI__, "bmi")                \
  SET(__BMI2__, "bmi2")              \
  SET(__AVX512F__, "avx512f")        \
  SET(__AVX512VL__, "avx512vl")      \
  SET(__AVX512BW__, "avx512bw")      \
  SET(__AVX512DQ__, "avx512dq")      \
  SET(__AVX512CD__, "avx512cd")      \
  SET(__AVX512VBMI__, "avx512vbmi")  \
  SET(__AVX512VBMI2__, "avx512vbmi2") \
  SET(__AVX512IFMA__, "avx512ifma")  \
  SET(__AVX512VNNI__, "avx512vnni")  \
  SET(__AVX512BITALG__, "avx512bitalg") \
  SET(__AVX512VPOPCNTDQ__, "avx512vpopcntdq") \
  SET(__GFNI__, "gfni")
#else
#define LENET5_INSTRUCTION_SETS(SET)
#endif

namespace lenet5 {

// Of each set, in this order, whether passes.cpp was compiled with it. This is data: it can be read, where no function
// of that file may be called yet.
extern const bool COMPILED_WITH[];

}  // namespace lenet5
