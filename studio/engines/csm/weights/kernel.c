/* Matrix products of few rows with four- or eight-bit weights, and a whole Llama stack for one row.

   Making a frame of speech reads every weight about 31 times and computes next to nothing with it,
   so what counts is that weights stream from memory at full speed: they lie in the order in which
   they are read, a product costs few instructions for each byte of them, and the threads that share
   the rows meet only where one needs the other's result.

   Weights. Rows stand in blocks of 16, columns in groups of 64. A unit holds one group of one
   block: for each 4 columns (8 with four bits, low halves of the bytes first) the 16 rows after one
   another. Four bits: 512 bytes of levels 0..15, then 16 scales and 16 offsets in bfloat16; a
   weight is (level - 8) * scale + offset. Eight bits: 1024 bytes of signed levels; 16 scales for
   each block stand apart, in float.

   Inputs are rounded to eight bits, each group of 64 by a scale of its own, as ggml does for its
   quantised types: the error lies 45 dB below the input, far less than that of the weights. */

#include <immintrin.h>

#include "common.h"

enum { BLOCK = 16, GROUP = 64, INT4_UNIT = 576, INT8_UNIT = 1024, LINE = 64 };

/* Inputs that share one reading of a weight: so many, and up to twice as many less one at the end.
   More gain nothing (docs/LOG.md). */
enum { TILE = 4, WIDEST = 2 * TILE - 1 };

typedef struct {
    const uint8_t *units; /* [blocks, groups, unit] */
    const float *scales;  /* [blocks * 16] with eight bits, else unused */
    int32_t rows, columns, bits;
} Matrix;

typedef struct {
    const float *attention_norm, *mlp_norm; /* [hidden] */
    Matrix qkv, output, gate_up, down;
} Layer;

typedef struct {
    const Layer *layers;
    const float *norm;      /* [hidden] */
    const float *rotations; /* cosine and sine [positions, head_dim / 2, 2] */
    int32_t layer_count, hidden, heads, kv_heads, head_dim, intermediate, positions;
    float eps;
} Stack;

/* Inputs in eight bits: levels [rows, columns]; a scale and a sum of levels for each group. */
typedef struct {
    int8_t *levels;
    float *scales;
    int32_t *sums;
} Rounded;

static float wide(uint16_t bits) {
    uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, 4);
    return value;
}

static uint16_t narrow(float value) { /* to the nearest bfloat16, ties to even */
    uint32_t word;
    memcpy(&word, &value, 4);
    if (value != value) return 0x7fc0;
    return (uint16_t)((word + 0x7fff + ((word >> 16) & 1)) >> 16);
}

static void round_groups(const float *x, Rounded to, int first, int end) {
    for (int group = first; group < end; group++) {
        const float *from = x + group * GROUP;
        int8_t *levels = to.levels + group * GROUP;
        float largest = 0;
        int32_t sum = 0;
#pragma omp simd reduction(max : largest)
        for (int i = 0; i < GROUP; i++) largest = larger_of(largest, fabsf(from[i]));
        float inverse = largest > 0 ? 127.0f / largest : 0.0f;
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < GROUP; i++) {
            float scaled = from[i] * inverse;
            int32_t level = (int32_t)(scaled + copysignf(0.5f, scaled));
            levels[i] = (int8_t)level;
            sum += level;
        }
        to.scales[group] = largest / 127.0f;
        to.sums[group] = sum;
    }
}

static Rounded part_of(Rounded all, int row, int columns) {
    int groups = columns / GROUP;
    return (Rounded){all.levels + (size_t)row * columns, all.scales + row * groups,
                     all.sums + row * groups};
}

/* Sixteen rows at a time: floats and 32-bit sums. Without AVX-512 a vector is a pair of halves. */

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)

typedef __m512i Ints;
typedef __m512 Floats;

static inline Floats no_floats(void) { return _mm512_setzero_ps(); }
static inline Ints all_ints(int32_t value) { return _mm512_set1_epi32(value); }
static inline Floats load_floats(const float *from) { return _mm512_loadu_ps(from); }
static inline void store_floats(float *to, Floats x) { _mm512_storeu_ps(to, x); }
static inline Floats times(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
static inline Floats times_plus(Floats a, float b, Floats c) {
    return _mm512_fmadd_ps(a, _mm512_set1_ps(b), c);
}
static inline Floats line(Ints sum, Floats scale, Floats offset, float by) {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale,
                           _mm512_mul_ps(offset, _mm512_set1_ps(by)));
}
static inline Floats as_floats(Ints x) { return _mm512_cvtepi32_ps(x); }
static inline Floats load_bfloats(const uint8_t *from) {
    __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)from));
    return _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
}
typedef struct { __m512i low, high; } Nibbles;
static inline Nibbles load_nibbles(const uint8_t *from) {
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i bytes = _mm512_loadu_si512(from);
    return (Nibbles){_mm512_and_si512(bytes, mask),
                     _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask)};
}
static inline Ints add_nibbles(Ints sum, Nibbles w, const int8_t *x) {
    int32_t low, high;
    memcpy(&low, x, 4);
    memcpy(&high, x + 4, 4);
    sum = _mm512_dpbusd_epi32(sum, w.low, _mm512_set1_epi32(low));
    return _mm512_dpbusd_epi32(sum, w.high, _mm512_set1_epi32(high));
}
/* The instruction takes one side unsigned: 128 is added to the weights, and taken off by the sum
   that a group begins with. */
enum { BYTE_OFFSET = 128 };
typedef __m512i Bytes;
static inline Bytes load_bytes(const uint8_t *from) {
    return _mm512_xor_si512(_mm512_loadu_si512(from), _mm512_set1_epi8((char)0x80));
}
static inline Ints add_bytes(Ints sum, Bytes w, const int8_t *x) {
    int32_t four;
    memcpy(&four, x, 4);
    return _mm512_dpbusd_epi32(sum, w, _mm512_set1_epi32(four));
}

#else /* AVX2 and FMA */

typedef struct { __m256i a, b; } Ints;
typedef struct { __m256 a, b; } Floats;

static inline Floats no_floats(void) { return (Floats){_mm256_setzero_ps(), _mm256_setzero_ps()}; }
static inline Ints all_ints(int32_t value) {
    return (Ints){_mm256_set1_epi32(value), _mm256_set1_epi32(value)};
}
static inline Floats load_floats(const float *from) {
    return (Floats){_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
}
static inline void store_floats(float *to, Floats x) {
    _mm256_storeu_ps(to, x.a);
    _mm256_storeu_ps(to + 8, x.b);
}
static inline Floats times(Floats x, Floats y) {
    return (Floats){_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)};
}
static inline Floats times_plus(Floats x, float by, Floats y) {
    __m256 factor = _mm256_set1_ps(by);
    return (Floats){_mm256_fmadd_ps(x.a, factor, y.a), _mm256_fmadd_ps(x.b, factor, y.b)};
}
static inline Floats as_floats(Ints x) {
    return (Floats){_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)};
}
static inline Floats line(Ints sum, Floats scale, Floats offset, float by) {
    __m256 factor = _mm256_set1_ps(by);
    Floats x = as_floats(sum);
    return (Floats){_mm256_fmadd_ps(x.a, scale.a, _mm256_mul_ps(offset.a, factor)),
                    _mm256_fmadd_ps(x.b, scale.b, _mm256_mul_ps(offset.b, factor))};
}
static inline __m256 widened(const uint8_t *from) {
    __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)from));
    return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
}
static inline Floats load_bfloats(const uint8_t *from) {
    return (Floats){widened(from), widened(from + 16)};
}
static inline __m256i in_fours(__m256i pairs) {
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
typedef struct { __m256i low_a, high_a, low_b, high_b; } Nibbles;
static inline Nibbles load_nibbles(const uint8_t *from) {
    const __m256i mask = _mm256_set1_epi8(15);
    __m256i a = _mm256_loadu_si256((const __m256i *)from);
    __m256i b = _mm256_loadu_si256((const __m256i *)(from + 32));
    return (Nibbles){
        _mm256_and_si256(a, mask), _mm256_and_si256(_mm256_srli_epi16(a, 4), mask),
        _mm256_and_si256(b, mask), _mm256_and_si256(_mm256_srli_epi16(b, 4), mask)};
}
static inline Ints add_nibbles(Ints sum, Nibbles w, const int8_t *x) {
    int32_t low, high;
    memcpy(&low, x, 4);
    memcpy(&high, x + 4, 4);
    __m256i l = _mm256_set1_epi32(low), h = _mm256_set1_epi32(high);
    /* Four products of 15 * 127 at most: sixteen bits hold them. */
    __m256i a = _mm256_add_epi16(_mm256_maddubs_epi16(w.low_a, l), _mm256_maddubs_epi16(w.high_a, h));
    __m256i b = _mm256_add_epi16(_mm256_maddubs_epi16(w.low_b, l), _mm256_maddubs_epi16(w.high_b, h));
    return (Ints){_mm256_add_epi32(sum.a, in_fours(a)), _mm256_add_epi32(sum.b, in_fours(b))};
}
/* Levels are 127 at most, so the sign can change sides, and two products fit into sixteen bits. */
enum { BYTE_OFFSET = 0 };
typedef struct { __m256i a, b; } Bytes;
static inline Bytes load_bytes(const uint8_t *from) {
    return (Bytes){_mm256_loadu_si256((const __m256i *)from),
                   _mm256_loadu_si256((const __m256i *)(from + 32))};
}
static inline Ints add_bytes(Ints sum, Bytes w, const int8_t *x) {
    int32_t four;
    memcpy(&four, x, 4);
    __m256i signed_x = _mm256_set1_epi32(four), size = _mm256_abs_epi8(signed_x);
    __m256i a = _mm256_maddubs_epi16(size, _mm256_sign_epi8(w.a, signed_x));
    __m256i b = _mm256_maddubs_epi16(size, _mm256_sign_epi8(w.b, signed_x));
    return (Ints){_mm256_add_epi32(sum.a, in_fours(a)), _mm256_add_epi32(sum.b, in_fours(b))};
}

#endif

/* While a block that several inputs share is worked on, the next one is fetched: `lines` of it for
   each group, from `from` on. Otherwise the memory rests while the processor computes. */
typedef struct {
    const uint8_t *from;
    int lines;
} Ahead;

static inline Ahead fetch(Ahead ahead) {
    for (int i = 0; i < ahead.lines; i++, ahead.from += LINE)
        _mm_prefetch((const char *)ahead.from, _MM_HINT_T1);
    return ahead;
}

/* Outputs of one block for `rows` inputs; `rows` is a constant wherever this is used. */

static inline __attribute__((always_inline)) void int4_block(
    const Matrix *m, int block, Rounded x, int rows, Ahead ahead, float out[][BLOCK]) {
    const int groups = m->columns / GROUP;
    const uint8_t *unit = m->units + (size_t)block * groups * INT4_UNIT;
    Floats total[WIDEST];
    for (int r = 0; r < rows; r++) total[r] = no_floats();
    for (int group = 0; group < groups; group++, unit += INT4_UNIT) {
        ahead = fetch(ahead);
        Ints sum[WIDEST];
        for (int r = 0; r < rows; r++) sum[r] = all_ints(-8 * x.sums[r * groups + group]);
        for (int k = 0; k < GROUP / 8; k++) {
            Nibbles w = load_nibbles(unit + 64 * k);
            for (int r = 0; r < rows; r++)
                sum[r] = add_nibbles(sum[r], w,
                                     x.levels + (size_t)r * m->columns + group * GROUP + 8 * k);
        }
        Floats scale = load_bfloats(unit + 512), offset = load_bfloats(unit + 544);
        for (int r = 0; r < rows; r++) {
            int at = r * groups + group;
            total[r] = times_plus(line(sum[r], scale, offset, (float)x.sums[at]), x.scales[at],
                                  total[r]);
        }
    }
    for (int r = 0; r < rows; r++) store_floats(out[r], total[r]);
}

static inline __attribute__((always_inline)) void int8_block(
    const Matrix *m, int block, Rounded x, int rows, Ahead ahead, float out[][BLOCK]) {
    const int groups = m->columns / GROUP;
    const uint8_t *unit = m->units + (size_t)block * groups * INT8_UNIT;
    Floats total[WIDEST];
    for (int r = 0; r < rows; r++) total[r] = no_floats();
    for (int group = 0; group < groups; group++, unit += INT8_UNIT) {
        ahead = fetch(ahead);
        Ints sum[WIDEST];
        for (int r = 0; r < rows; r++)
            sum[r] = all_ints(-BYTE_OFFSET * x.sums[r * groups + group]);
        for (int k = 0; k < GROUP / 4; k++) {
            Bytes w = load_bytes(unit + 64 * k);
            for (int r = 0; r < rows; r++)
                sum[r] = add_bytes(sum[r], w,
                                   x.levels + (size_t)r * m->columns + group * GROUP + 4 * k);
        }
        for (int r = 0; r < rows; r++)
            total[r] = times_plus(as_floats(sum[r]), x.scales[r * groups + group], total[r]);
    }
    Floats scale = load_floats(m->scales + block * BLOCK);
    for (int r = 0; r < rows; r++) store_floats(out[r], times(total[r], scale));
}

static inline __attribute__((always_inline)) void rows_of_block(
    const Matrix *m, int block, Rounded x, int rows, Ahead ahead, float out[][BLOCK]) {
    if (m->bits == 4)
        int4_block(m, block, x, rows, ahead, out);
    else
        int8_block(m, block, x, rows, ahead, out);
}

static void one_row(const Matrix *m, int block, Rounded x, float out[BLOCK]) {
    rows_of_block(m, block, x, 1, (Ahead){0, 0}, (float(*)[BLOCK])out);
}

static void some_rows(const Matrix *m, int block, Rounded x, int rows, Ahead ahead,
                      float out[WIDEST][BLOCK]) {
    switch (rows) {
#define CASE(n) case n: rows_of_block(m, block, x, n, ahead, out); break;
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
#undef CASE
    }
}

static Rounded rounded_at(void *scratch, int rows, int columns) {
    int groups = columns / GROUP;
    int8_t *levels = scratch;
    float *scales = (float *)(levels + (size_t)rows * columns);
    return (Rounded){levels, scales, (int32_t *)(scales + (size_t)rows * groups)};
}

static size_t rounded_bytes(int rows, int columns) {
    return (size_t)rows * (columns + columns / GROUP * 8);
}

/* y [n, rows] = x [n, columns] times the weight. `scratch` has 2 * n * columns bytes. */
void multiply(const Matrix *m, const float *x, int32_t n, float *y, void *scratch,
              int32_t threads) {
    const int columns = m->columns, groups = columns / GROUP;
    const int blocks = (m->rows + BLOCK - 1) / BLOCK;
    Rounded all = rounded_at(scratch, n, columns);
#pragma omp parallel num_threads(threads)
    {
        int first, end;
        share(n * groups, &first, &end);
        round_groups(x, all, first, end);
#pragma omp barrier
        share(blocks, &first, &end);
        const int unit = m->bits == 4 ? INT4_UNIT : INT8_UNIT;
        const int tiles = n > WIDEST ? n / TILE : 1;
        const int lines = n > 1 ? (unit / LINE + tiles - 1) / tiles : 0;
        for (int block = first; block < end; block++) {
            int left = m->rows - block * BLOCK;
            size_t bytes = 4 * (size_t)(left < BLOCK ? left : BLOCK);
            Ahead ahead = {m->units + (size_t)(block + 1) * groups * unit, lines};
            for (int row = 0, taken; row < n; row += taken) {
                float out[WIDEST][BLOCK];
                taken = n - row > WIDEST ? TILE : n - row;
                some_rows(m, block, part_of(all, row, columns), taken, ahead, out);
                ahead.from += (size_t)groups * lines * LINE;
                for (int r = 0; r < taken; r++)
                    memcpy(y + (size_t)(row + r) * m->rows + block * BLOCK, out[r], bytes);
            }
        }
    }
}

/* What follows is one row through a stack of layers. */

static void norm(const float *x, const float *weight, int width, float eps, float *out) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < width; i++) squares += x[i] * x[i];
    float scale = 1.0f / sqrtf(squares / (float)width + eps);
#pragma omp simd
    for (int i = 0; i < width; i++) out[i] = x[i] * scale * weight[i];
}

static float dot(const float *query, const uint16_t *key, int width) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < width; i++) sum += query[i] * wide(key[i]);
    return sum;
}

/* One query over `count` positions; `weights` is room for as many numbers. */
static void attend(const float *query, const uint16_t *keys, const uint16_t *values, int count,
                   int width, float *weights, float *out) {
    float scale = 1.0f / sqrtf((float)width), largest = -INFINITY;
    for (int at = 0; at < count; at++) {
        weights[at] = scale * dot(query, keys + (size_t)at * width, width);
        largest = larger_of(largest, weights[at]);
    }
    const float sum = soften(weights, count, largest);
    memset(out, 0, sizeof(float) * width);
    for (int at = 0; at < count; at++) {
        float weight = weights[at] / sum;
        const uint16_t *value = values + (size_t)at * width;
#pragma omp simd
        for (int i = 0; i < width; i++) out[i] += weight * wide(value[i]);
    }
}

/* The heads that share one key: turn, keep, and look back. */
static void attend_group(const Stack *s, int kv_head, float *qkv, uint16_t *keys, uint16_t *values,
                         int position, float *weights, float *out) {
    const int width = s->head_dim, group = s->heads / s->kv_heads;
    const float *rotation = s->rotations + (size_t)position * width;
    float *key = qkv + (s->heads + kv_head) * width;
    const float *value = qkv + (s->heads + s->kv_heads + kv_head) * width;
    turn(key, rotation, width, key);
    for (int i = 0; i < width; i++) {
        keys[(size_t)position * width + i] = narrow(key[i]);
        values[(size_t)position * width + i] = narrow(value[i]);
    }
    for (int head = kv_head * group; head < (kv_head + 1) * group; head++) {
        turn(qkv + head * width, rotation, width, qkv + head * width);
        attend(qkv + head * width, keys, values, position + 1, width, weights, out + head * width);
    }
}

static void product(const Matrix *m, Rounded x, float *out) {
    int first, end;
    share(m->rows / BLOCK, &first, &end);
    for (int block = first; block < end; block++) one_row(m, block, x, out + block * BLOCK);
}

static void product_added(const Matrix *m, Rounded x, float *out) {
    int first, end;
    share(m->rows / BLOCK, &first, &end);
    for (int block = first; block < end; block++) {
        float made[BLOCK];
        one_row(m, block, x, made);
        for (int i = 0; i < BLOCK; i++) out[block * BLOCK + i] += made[i];
    }
}

/* SwiGLU, rounded at once: a thread makes whole groups of the next product's input. */
static void gated(const Stack *s, const Matrix *m, Rounded x, Rounded to) {
    int first, end, half = s->intermediate / BLOCK;
    share(s->intermediate / GROUP, &first, &end);
    for (int group = first; group < end; group++) {
        float made[GROUP];
        for (int part = 0; part < GROUP / BLOCK; part++) {
            int block = group * (GROUP / BLOCK) + part;
            float gate[BLOCK], up[BLOCK];
            one_row(m, block, x, gate);
            one_row(m, block + half, x, up);
#pragma omp simd
            for (int i = 0; i < BLOCK; i++)
                made[part * BLOCK + i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
        }
        round_groups(made, (Rounded){to.levels + group * GROUP, to.scales + group, to.sums + group},
                     0, 1);
    }
}

typedef struct {
    float *x, *qkv, *heard, *own; /* `own`: room for each thread */
    size_t own_floats;
    char *own_rounded;
    size_t own_bytes;
    Rounded gates;
} Room;

static size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

static Room lay_out(const Stack *s, char *scratch, int threads) {
    const int width = s->heads * s->head_dim, kv = 2 * s->kv_heads * s->head_dim;
    const int widest = s->hidden > width ? s->hidden : width;
    const int longest = s->positions > widest ? s->positions : widest;
    Room room;
    room.x = (float *)scratch, scratch += aligned(4 * (size_t)s->hidden);
    room.qkv = (float *)scratch, scratch += aligned(4 * (size_t)(width + kv));
    room.heard = (float *)scratch, scratch += aligned(4 * (size_t)width);
    room.gates = rounded_at(scratch, 1, s->intermediate);
    scratch += aligned(rounded_bytes(1, s->intermediate));
    room.own_floats = aligned(4 * (size_t)longest) / 4;
    room.own = (float *)scratch, scratch += 4 * room.own_floats * threads;
    room.own_bytes = aligned(rounded_bytes(1, widest));
    room.own_rounded = scratch;
    return room;
}

/* Bytes that `step` needs to work in. */
int64_t step_bytes(const Stack *s, int32_t threads) {
    Room room = lay_out(s, 0, threads);
    return (int64_t)(room.own_rounded - (char *)0) + (int64_t)room.own_bytes * threads;
}

/* One row [hidden] at `position` through all layers and the last norm, into `out` [hidden]. Its
   keys and values are added to `kv`, bfloat16 [layers, 2, kv_heads, positions, head_dim]. Any
   `x` and `out` may be the same. */
void step(const Stack *s, const float *x, uint16_t *kv, int32_t position, float *out,
          void *scratch, int32_t threads) {
    const size_t per_head = (size_t)s->positions * s->head_dim;
    const size_t per_layer = 2 * s->kv_heads * per_head;
    const int width = s->heads * s->head_dim;
    Room room = lay_out(s, scratch, threads);
    Meeting meeting = {0, 0};
    memcpy(room.x, x, 4 * (size_t)s->hidden);
#pragma omp parallel num_threads(threads)
    {
        /* Norms and their rounding are so short that every thread makes its own. */
        float *own = room.own + room.own_floats * omp_get_thread_num();
        char *at = room.own_rounded + room.own_bytes * omp_get_thread_num();
        Rounded normed = rounded_at(at, 1, s->hidden), heard = rounded_at(at, 1, width);
        for (int index = 0; index < s->layer_count; index++) {
            const Layer *layer = s->layers + index;
            uint16_t *keys = kv + index * per_layer, *values = keys + per_layer / 2;
            norm(room.x, layer->attention_norm, s->hidden, s->eps, own);
            round_groups(own, normed, 0, s->hidden / GROUP);
            product(&layer->qkv, normed, room.qkv);
            meet(&meeting);
            int first, end;
            share(s->kv_heads, &first, &end);
            for (int head = first; head < end; head++)
                attend_group(s, head, room.qkv, keys + head * per_head, values + head * per_head,
                             position, own, room.heard);
            meet(&meeting);
            round_groups(room.heard, heard, 0, width / GROUP);
            product_added(&layer->output, heard, room.x);
            meet(&meeting);
            norm(room.x, layer->mlp_norm, s->hidden, s->eps, own);
            round_groups(own, normed, 0, s->hidden / GROUP);
            gated(s, &layer->gate_up, normed, room.gates);
            meet(&meeting);
            product_added(&layer->down, room.gates, room.x);
            meet(&meeting);
        }
        if (omp_get_thread_num() == 0)
            norm(room.x, s->norm, s->hidden, s->eps, out);
    }
}

/* Rounding to four bits: see rounding.py, whose method this is. */

static float nearest(const float *x, float scale, float offset, float *levels) {
    float error = 0;
#pragma omp simd reduction(+ : error)
    for (int i = 0; i < GROUP; i++) {
        float level = smaller_of(larger_of(rintf((x[i] - offset) / scale), -8.0f), 7.0f);
        float missed = level * scale + offset - x[i];
        levels[i] = level;
        error += missed * missed;
    }
    return error;
}

static void fit_line(const float *x, int refits, uint16_t *scale_bits, uint16_t *offset_bits) {
    float low = x[0], high = x[0], mean = 0, levels[GROUP];
#pragma omp simd reduction(min : low) reduction(max : high) reduction(+ : mean)
    for (int i = 0; i < GROUP; i++) {
        low = smaller_of(low, x[i]);
        high = larger_of(high, x[i]);
        mean += x[i];
    }
    mean /= GROUP;
    float step = (high - low) / 15.0f;
    uint16_t scale = narrow(step > 0 ? step : 1.0f), offset = narrow(low + 8.0f * step);
    float error = nearest(x, wide(scale), wide(offset), levels);
    *scale_bits = scale, *offset_bits = offset;
    for (int refit = 0; refit < refits; refit++) {
        float centre = 0, variance = 0, slope = 0;
#pragma omp simd reduction(+ : centre)
        for (int i = 0; i < GROUP; i++) centre += levels[i];
        centre /= GROUP;
#pragma omp simd reduction(+ : variance, slope)
        for (int i = 0; i < GROUP; i++) {
            float from_centre = levels[i] - centre;
            variance += from_centre * from_centre;
            slope += from_centre * x[i];
        }
        slope /= variance; /* a flat group has none: not a number */
        scale = slope > 0 ? narrow(slope) : *scale_bits;
        offset = narrow(mean - wide(scale) * centre);
        float new_error = nearest(x, wide(scale), wide(offset), levels);
        if (new_error < error) {
            error = new_error;
            *scale_bits = scale, *offset_bits = offset;
        }
    }
}

/* `weight` [rows, columns], columns in whole groups, as units of four bits; the last block is filled
   up with rows of zeros. */
void round_int4(const float *weight, int32_t rows, int32_t columns, int32_t refits, uint8_t *units,
                int32_t threads) {
    const int groups = columns / GROUP, blocks = (rows + BLOCK - 1) / BLOCK;
#pragma omp parallel for num_threads(threads)
    for (int block = 0; block < blocks; block++)
        for (int group = 0; group < groups; group++) {
            uint8_t *unit = units + ((size_t)block * groups + group) * INT4_UNIT;
            uint16_t *lines = (uint16_t *)(unit + 512);
            memset(unit, 0, INT4_UNIT);
            for (int r = 0; r < BLOCK && block * BLOCK + r < rows; r++) {
                const float *x = weight + (size_t)(block * BLOCK + r) * columns + group * GROUP;
                float levels[GROUP];
                fit_line(x, refits, lines + r, lines + BLOCK + r);
                nearest(x, wide(lines[r]), wide(lines[BLOCK + r]), levels);
                for (int i = 0; i < GROUP; i++) {
                    int level = (int)levels[i] + 8;
                    unit[i / 8 * 64 + 4 * r + i % 4] |= (uint8_t)(i % 8 < 4 ? level : level << 4);
                }
            }
        }
}
