/* The snake, and the convolution behind it: nearly all of the time of speaking goes into 48 pairs of
   them. Sound is [channels, steps], float32.

   The convolution is a fast one (Winograd, "Arithmetic complexity of computations", 1980): four
   steps of a kernel of four taps take 7 products instead of 16. Longer kernels are cut into parts of
   four taps. Since a tile is as long as a part, a part reads the transformed tile that is as many
   tiles further on, and each tile is transformed once. With a dilation of d, every d-th step is a
   sound of its own. Sums differ from plain ones by rounding, 1e-5 of the largest. */

#include "common.h"

#if defined(__AVX512F__)
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif

enum { TILE = 4, POINTS = 7, ROWS = 4, WIDE = 3, STRIP = WIDE * LANES, SEEN = STRIP + LANES };

typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4)));

/* Compilers would read them from memory for each row again, and reading is what takes longest. */
#if defined(__AVX__)
#define IN_REGISTERS(a, b, c) __asm__("" : "+x"(a), "+x"(b), "+x"(c))
#else
#define IN_REGISTERS(a, b, c) ((void)0)
#endif

typedef struct {
    const float *weight; /* packed, see below */
    const float *bias;   /* [out] */
    int32_t in, out, taps, dilation;
} Convolution;

/* Phases (every d-th step) stand one after the other, each of so many tiles. All tiles are cut into
   strips, small enough for the nearest cache; a strip sees some of the next one's tiles, too. */
typedef struct {
    int steps_out, parts, tiles, strips, length;
} Layout;

static Layout layout_of(const Convolution *c, int steps) {
    Layout l;
    l.steps_out = steps - (c->taps - 1) * c->dilation;
    l.parts = (c->taps + TILE - 1) / TILE;
    int longest = (steps + c->dilation - 1) / c->dilation;
    l.tiles = (longest + TILE - 1) / TILE + 1;
    l.strips = (c->dilation * l.tiles + STRIP - 1) / STRIP;
    l.length = l.strips * STRIP + LANES + 1;
    return l;
}

int64_t scratch_floats(const Convolution *c, int steps) {
    Layout l = layout_of(c, steps);
    int64_t split = (int64_t)TILE * l.length * c->in, seen = (int64_t)POINTS * l.strips * SEEN * c->in;
    return split + seen + (int64_t)POINTS * l.strips * STRIP * c->out;
}

int64_t packed_floats(int out, int in, int taps) {
    return (int64_t)POINTS * out * ((taps + TILE - 1) / TILE) * in;
}

/* weight [out, in, taps] to [7, out / 4, parts, in, 4]: what one block of rows reads, in order. */
void pack(const float *weight, int out, int in, int taps, float *packed) {
    static const float points[POINTS][TILE] = {
        {1.f / 4, 0, 0, 0},
        {1.f / 6, 1.f / 6, 1.f / 6, 1.f / 6},
        {1.f / 18, -1.f / 18, 1.f / 18, -1.f / 18},
        {1.f / 72, 1.f / 36, 1.f / 18, 1.f / 9},
        {1.f / 120, -1.f / 60, 1.f / 30, -1.f / 15},
        {32.f / 45, 16.f / 45, 8.f / 45, 4.f / 45},
        {0, 0, 0, 1.f / 2},
    };
    int parts = (taps + TILE - 1) / TILE;
    for (int j = 0; j < POINTS; j++)
        for (int block = 0; block < out / ROWS; block++)
            for (int part = 0; part < parts; part++)
                for (int i = 0; i < in; i++)
                    for (int row = 0; row < ROWS; row++) {
                        const float *w = weight + ((size_t)(block * ROWS + row) * in + i) * taps;
                        float sum = 0;
                        for (int k = 0; k < TILE && part * TILE + k < taps; k++)
                            sum += points[j][k] * w[part * TILE + k];
                        *packed++ = sum;
                    }
}

/* Within 1e-6: whole turns are taken off, and cos(2 pi t) is sin(2 pi (1/4 - |t|)). */
static inline float cosine(float x) {
    float turns = x * 0.159154943f;
    turns -= rintf(turns);
    float y = (0.25f - fabsf(turns)) * 6.28318531f, z = y * y;
    float sum = -2.3889859e-08f;
    sum = sum * z + 2.7525562e-06f;
    sum = sum * z - 1.98408740e-04f;
    sum = sum * z + 8.3333310e-03f;
    sum = sum * z - 1.66666667e-01f;
    return y + y * z * sum;
}

/* y + sin(a y)^2 / a for y = factor x + shift, written as factor x + shift + swing (1 - cos(inside)):
   `lines` [channels, 5] are factor, shift + half, factor / half, shift / half, half = 1 / 2 a. */
void snake(const float *x, const float *lines, int channels, int steps, float *out, int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int c = 0; c < channels; c++) {
        const float *line = lines + 5 * c, *from = x + (size_t)c * steps;
        float *to = out + (size_t)c * steps;
        float factor = line[0], shift = line[1], turn = line[2], start = line[3], half = line[4];
#pragma omp simd
        for (int t = 0; t < steps; t++)
            to[t] = from[t] * factor + shift - half * cosine(from[t] * turn + start);
    }
}

/* One channel of a sound, split by place within the tile, [4, length]. */
static void split_tiles(const float *x, int steps, int dilation, const Layout *l, float *split) {
    memset(split, 0, sizeof(float) * TILE * l->length);
    for (int phase = 0; phase < dilation; phase++)
        for (int place = 0; place < TILE; place++) {
            float *to = split + (size_t)place * l->length + phase * l->tiles;
            for (int t = dilation * place + phase; t < steps; t += dilation * TILE) *to++ = x[t];
        }
}

/* What a strip sees of it, as [7] points of SEEN tiles that lie `stride` apart. */
static inline void transform(const float *split, int length, float *points, size_t stride) {
    const float *s0 = split, *s1 = s0 + length, *s2 = s1 + length, *s3 = s2 + length;
#pragma omp simd
    for (int q = 0; q < SEEN; q++) {
        float a = s0[q], b = s1[q], c = s2[q], d = s3[q];
        float e = s0[q + 1], f = s1[q + 1], g = s2[q + 1];
        points[q] = 4 * a - 8 * b - 5 * c + 10 * d + e - 2 * f;
        points[stride + q] = 4 * (c - b) + 9 * d - e - 2 * f;
        points[2 * stride + q] = 12 * c - 4 * b - 7 * d - 3 * e + 2 * f;
        points[3 * stride + q] = 2 * (b + f) - 3 * (c - e) - 4 * d;
        points[4 * stride + q] = 2 * (b - f) + 5 * (e - c);
        points[5 * stride + q] = 4 * b - 5 * d + f;
        points[6 * stride + q] = 8 * c - 4 * b + 5 * d - 10 * e - f + 2 * g;
    }
}

/* Four rows of products of one point for a strip, x [in, SEEN]. */
static inline void products(const float *weight, const float *x, int in, int parts, float *out,
                            size_t pitch) {
    Lanes sum[ROWS][WIDE];
    memset(sum, 0, sizeof sum);
    for (int part = 0; part < parts; part++) {
        const float *at = x + part;
        for (int i = 0; i < in; i++, at += SEEN, weight += ROWS) {
            Lanes a = *(const Lanes *)at, b = *(const Lanes *)(at + LANES),
                  c = *(const Lanes *)(at + 2 * LANES);
            IN_REGISTERS(a, b, c);
            for (int row = 0; row < ROWS; row++) {
                sum[row][0] += a * weight[row];
                sum[row][1] += b * weight[row];
                sum[row][2] += c * weight[row];
            }
        }
    }
    for (int row = 0; row < ROWS; row++)
        for (int w = 0; w < WIDE; w++) *(Lanes *)(out + row * pitch + w * LANES) = sum[row][w];
}

/* Points of one channel back to steps, with bias, and with `add` [steps_out] where there is some. */
static void restore(const float *points, size_t stride, const Layout *l, int dilation, float bias,
                    const float *add, float *y) {
    for (int phase = 0; phase < dilation; phase++)
        for (int q = 0; q < l->tiles; q++) {
            int t = dilation * TILE * q + phase;
            if (t >= l->steps_out) break;
            const float *p = points + phase * l->tiles + q;
            float a = p[0], b = p[stride], c = p[2 * stride], d = p[3 * stride];
            float e = p[4 * stride], f = p[5 * stride], g = p[6 * stride];
            float made[TILE] = {
                a + b + c + d + e + f,
                b - c + 2 * (d - e) + 0.5f * f,
                b + c + 4 * (d + e) + 0.25f * f,
                b - c + 8 * (d - e) + 0.125f * f + g,
            };
            for (int place = 0; place < TILE && t < l->steps_out; place++, t += dilation)
                y[t] = made[place] + bias + (add ? add[t] : 0);
        }
}

/* x [in, steps] to y [out, steps - (taps - 1) dilation]. */
void convolve(const Convolution *c, const float *x, int steps, const float *add, float *y,
              float *scratch, int threads) {
    Layout l = layout_of(c, steps);
    size_t pitch = (size_t)l.strips * STRIP, strip_floats = (size_t)SEEN * c->in;
    size_t point_floats = strip_floats * l.strips, made = pitch * c->out;
    float *split = scratch, *seen = split + (size_t)TILE * l.length * c->in;
    float *sums = seen + POINTS * point_floats;
    int blocks = c->out / ROWS;
    size_t block_floats = (size_t)l.parts * c->in * ROWS;
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int i = 0; i < c->in; i++) {
            float *own = split + (size_t)TILE * l.length * i;
            split_tiles(x + (size_t)i * steps, steps, c->dilation, &l, own);
            for (int strip = 0; strip < l.strips; strip++)
                transform(own + strip * STRIP, l.length,
                          seen + strip * strip_floats + (size_t)SEEN * i, point_floats);
        }
#pragma omp for schedule(dynamic, 2)
        for (int task = 0; task < POINTS * l.strips; task++) {
            int j = task / l.strips, strip = task % l.strips;
            const float *weight = c->weight + (size_t)j * blocks * block_floats;
            for (int block = 0; block < blocks; block++)
                products(weight + block * block_floats, seen + task * strip_floats, c->in, l.parts,
                         sums + j * made + (size_t)block * ROWS * pitch + strip * STRIP, pitch);
        }
#pragma omp for schedule(static)
        for (int o = 0; o < c->out; o++)
            restore(sums + pitch * o, made, &l, c->dilation, c->bias[o],
                    add ? add + (size_t)o * l.steps_out : 0, y + (size_t)o * l.steps_out);
    }
}
