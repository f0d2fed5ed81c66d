/* Mimi's decoder between the upsampled latents and the sound: eight layers of a transformer, then
   SEANet's convolutions, for the few steps that streaming speech brings at a time.

   A call of four frames reads 160 MB of weights and computes little with them. So the weights lie
   in the order in which they are read, and all layers pass in one call: between them stand small
   operations that cost as much as the products if each is handed to a pool of threads.

   Weights. Rows stand in blocks of 16: [blocks, columns, 16], the last block filled up with zeros.
   Everything is float32; sums are added in another order than in torch, nothing else differs. */

#include "common.h"

#if defined(__AVX512F__)
enum { LANES = 16, TILE = 8 };
#elif defined(__AVX__)
enum { LANES = 8, TILE = 4 };
#else
enum { LANES = 4, TILE = 4 };
#endif

enum { BLOCK = 16, PARTS = BLOCK / LANES, CHUNK = 64, AHEAD = 2048 };

typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4)));

typedef struct {
    const float *weight; /* [blocks, columns, 16] */
    const float *bias;   /* [rows], or none */
    int32_t rows, columns;
} Product;

typedef struct { /* a transposed convolution makes `stretch` steps of each */
    Product product;
    int32_t taps, into, stretch;
} Convolution;

typedef struct {
    const float *norm1, *bias1, *norm2, *bias2; /* [width] */
    Product qkv, out, up, down;
} Layer;

typedef struct {
    const Layer *layers;
    const Convolution *convolutions; /* first; for each stage stretching, narrow, wide; last */
    const float *speeds;             /* [width / heads / 2] of the rotary positions */
    int32_t layer_count, stages, width, heads, window;
    float eps;
} Decoder;

typedef enum { PLAIN, ELU, GELU } Shape;

static inline float elu(float x) { return x > 0 ? x : exponential(smaller_of(x, 0)) - 1.0f; }

/* erf by formula 7.1.26 of Abramowitz and Stegun: within 1.5e-7. */
static inline float gelu(float x) {
    float y = fabsf(x) * 0.70710678f, t = 1.0f / (1.0f + 0.3275911f * y);
    float sum = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t +
                 0.254829592f) * t;
    float erf = 1.0f - sum * exponential(-y * y);
    return 0.5f * x * (1.0f + copysignf(erf, x));
}

/* One block of outputs for `count` inputs, a constant wherever this is used. */
static inline __attribute__((always_inline)) void add_up(
    const float *weight, int columns, const float *x, size_t pitch, int count, float out[][BLOCK]) {
    Lanes sum[TILE][PARTS];
    memset(sum, 0, sizeof sum);
    for (int column = 0; column < columns; column++, weight += BLOCK) {
        __builtin_prefetch(weight + AHEAD, 0, 2);
        Lanes w[PARTS];
        for (int p = 0; p < PARTS; p++) w[p] = *(const Lanes *)(weight + p * LANES);
        for (int r = 0; r < count; r++) {
            float value = x[r * pitch + column];
            for (int p = 0; p < PARTS; p++) sum[r][p] += w[p] * value;
        }
    }
    memcpy(out, sum, sizeof(float) * count * BLOCK);
}

static int tile(const float *weight, int columns, const float *x, size_t pitch, int left,
                float out[TILE][BLOCK]) {
    if (left >= TILE) return add_up(weight, columns, x, pitch, TILE, out), TILE;
    if (left >= 4) return add_up(weight, columns, x, pitch, 4, out), 4;
    if (left >= 2) return add_up(weight, columns, x, pitch, 2, out), 2;
    return add_up(weight, columns, x, pitch, 1, out), 1;
}

/* Where a product goes: `added` is added first; `plain` gets the sum, `shaped` what `shape` makes
   of it. All are [count, rows], and may be none. */
typedef struct {
    const float *added;
    float *plain, *shaped;
    Shape shape;
} Target;

static void deliver(const Product *m, int block, float *made, size_t row, Target to) {
    const int left = m->rows - block * BLOCK, width = left < BLOCK ? left : BLOCK;
    const size_t at = row * m->rows + block * BLOCK;
    if (m->bias)
        for (int i = 0; i < width; i++) made[i] += m->bias[block * BLOCK + i];
    if (to.added)
        for (int i = 0; i < width; i++) made[i] += to.added[at + i];
    if (to.plain) memcpy(to.plain + at, made, sizeof(float) * width);
    if (!to.shaped) return;
    float *shaped = to.shaped + at;
    if (to.shape == ELU) {
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) made[i] = elu(made[i]);
    } else {
#pragma omp simd
        for (int i = 0; i < BLOCK; i++) made[i] = gelu(made[i]);
    }
    memcpy(shaped, made, sizeof(float) * width);
}

/* This thread's part of `count` inputs, `pitch` floats apart, times the weight. */
static void multiply(const Product *m, const float *x, size_t pitch, int count, Target to) {
    const int blocks = (m->rows + BLOCK - 1) / BLOCK, chunks = (count + CHUNK - 1) / CHUNK;
    int first, end;
    share(chunks * blocks, &first, &end);
    for (int item = first; item < end; item++) {
        const int block = item % blocks, start = item / blocks * CHUNK;
        const int stop = start + CHUNK < count ? start + CHUNK : count;
        const float *weight = m->weight + (size_t)block * m->columns * BLOCK;
        for (int row = start; row < stop;) {
            float made[TILE][BLOCK];
            int done = tile(weight, m->columns, x + row * pitch, pitch, stop - row, made);
            for (int r = 0; r < done; r++) deliver(m, block, made[r], row + r, to);
            row += done;
        }
    }
}

/* The transformer. */

static void layer_norm(const float *x, const float *scale, const float *bias, int width, float eps,
                       float *out) {
    float mean = 0, squares = 0;
#pragma omp simd reduction(+ : mean)
    for (int i = 0; i < width; i++) mean += x[i];
    mean /= width;
#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
    float by = 1.0f / sqrtf(squares / width + eps);
#pragma omp simd
    for (int i = 0; i < width; i++) out[i] = (x[i] - mean) * by * scale[i] + bias[i];
}

static void norm_rows(const Decoder *d, const float *scale, const float *bias, const float *x,
                      int steps, float *out) {
    int first, end;
    share(steps, &first, &end);
    for (int step = first; step < end; step++)
        layer_norm(x + step * d->width, scale, bias, d->width, d->eps, out + step * d->width);
}

/* One query over the positions `oldest` to `last`, which lie in a ring; `weights` has room for as
   many numbers. */
static void attend(const float *query, const float *keys, const float *values, int64_t oldest,
                   int64_t last, int room, int width, float *weights, float *out) {
    const int count = (int)(last - oldest) + 1;
    const float scale = 1.0f / sqrtf((float)width);
    float largest = -INFINITY;
    for (int i = 0, at = (int)(oldest % room); i < count; i++, at = at + 1 < room ? at + 1 : 0) {
        const float *key = keys + (size_t)at * width;
        float dot = 0;
#pragma omp simd reduction(+ : dot)
        for (int j = 0; j < width; j++) dot += query[j] * key[j];
        weights[i] = dot * scale;
        largest = larger_of(largest, weights[i]);
    }
    const float sum = soften(weights, count, largest);
    memset(out, 0, sizeof(float) * width);
    for (int i = 0, at = (int)(oldest % room); i < count; i++, at = at + 1 < room ? at + 1 : 0) {
        const float weight = weights[i] / sum, *value = values + (size_t)at * width;
#pragma omp simd
        for (int j = 0; j < width; j++) out[j] += weight * value[j];
    }
}

/* One head: the keys and values of all steps are kept before the first of them looks back. */
static void attend_head(const Decoder *d, int head, const float *qkv, const float *rotations,
                        int steps, float *keys, float *values, int64_t position, int room,
                        float *weights, float *out) {
    const int width = d->width / d->heads;
    for (int step = 0; step < steps; step++) {
        const float *row = qkv + (size_t)step * 3 * d->width + head * width;
        const size_t at = (size_t)((position + step) % room) * width;
        turn(row + d->width, rotations + step * width, width, keys + at);
        memcpy(values + at, row + 2 * d->width, sizeof(float) * width);
    }
    for (int step = 0; step < steps; step++) {
        const int64_t last = position + step, first = last - d->window + 1;
        float query[width];
        turn(qkv + (size_t)step * 3 * d->width + head * width, rotations + step * width, width,
             query);
        attend(query, keys, values, first > 0 ? first : 0, last, room, width, weights,
               out + (size_t)step * d->width + head * width);
    }
}

typedef struct {
    float *x, *normed, *qkv, *heard, *raised, *rotations, *weights; /* of the transformer */
    float *now, *next, *kept;                                       /* of the convolutions */
} Room;

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static float *take(float **scratch, size_t floats) {
    float *taken = *scratch;
    *scratch += (floats + 15) / 16 * 16;
    return taken;
}

static Room lay_out(const Decoder *d, int steps, int threads, float **scratch) {
    size_t most = 0, made = (size_t)steps;
    for (int i = 0; i < 3 * d->stages + 2; i++) {
        const Convolution *c = d->convolutions + i;
        most = larger(most, (made + c->taps - 1) * c->into);
        made *= c->stretch;
        most = larger(most, made * (c->product.rows / c->stretch));
    }
    const size_t rows = (size_t)steps * d->width;
    Room room;
    room.x = take(scratch, rows);
    room.normed = take(scratch, rows);
    room.qkv = take(scratch, 3 * rows);
    room.heard = take(scratch, rows);
    room.raised = take(scratch, (size_t)steps * d->layers[0].up.rows);
    room.rotations = take(scratch, (size_t)steps * (d->width / d->heads));
    room.weights = take(scratch, (size_t)threads * d->window);
    room.now = take(scratch, most);
    room.next = take(scratch, most);
    room.kept = take(scratch, most);
    return room;
}

static void transform(const Decoder *d, Room room, int steps, float *keys, float *values,
                      int64_t position, int ring, Meeting *meeting) {
    const int width = d->width / d->heads, half = width / 2;
    const size_t per_head = (size_t)ring * width, per_layer = d->heads * per_head;
    float *weights = room.weights + (size_t)omp_get_thread_num() * d->window;
    int first, end;
    share(steps * half, &first, &end);
    for (int i = first; i < end; i++) {
        float angle = (float)(position + i / half) * d->speeds[i % half];
        room.rotations[2 * i] = cosf(angle);
        room.rotations[2 * i + 1] = sinf(angle);
    }
    for (int index = 0; index < d->layer_count; index++) {
        const Layer *layer = d->layers + index;
        norm_rows(d, layer->norm1, layer->bias1, room.x, steps, room.normed);
        meet(meeting);
        multiply(&layer->qkv, room.normed, d->width, steps, (Target){.plain = room.qkv});
        meet(meeting);
        share(d->heads, &first, &end);
        for (int head = first; head < end; head++)
            attend_head(d, head, room.qkv, room.rotations, steps,
                        keys + index * per_layer + head * per_head,
                        values + index * per_layer + head * per_head, position, ring, weights,
                        room.heard);
        meet(meeting);
        multiply(&layer->out, room.heard, d->width, steps,
                 (Target){.added = room.x, .plain = room.x});
        meet(meeting);
        norm_rows(d, layer->norm2, layer->bias2, room.x, steps, room.normed);
        meet(meeting);
        multiply(&layer->up, room.normed, d->width, steps,
                 (Target){.shaped = room.raised, .shape = GELU});
        meet(meeting);
        multiply(&layer->down, room.raised, layer->down.columns, steps,
                 (Target){.added = room.x, .plain = room.x});
        meet(meeting);
    }
}

/* The convolutions. Each works on steps that lie behind those which it remembers. */

typedef struct {
    const Decoder *decoder;
    float *const *carried; /* for each convolution [taps - 1, into] */
    Meeting *meeting;
    Room room;
    int number, steps; /* of the convolution that is next, and what it is given */
} Passage;

static int history(const Passage *p, int number) {
    const Convolution *c = p->decoder->convolutions + number;
    return (c->taps - 1) * c->into;
}

static void convolve(Passage *p, Target to) {
    const Convolution *c = p->decoder->convolutions + p->number;
    const int last = p->number == 3 * p->decoder->stages + 1;
    multiply(&c->product, p->room.now, c->into, p->steps, to);
    if (omp_get_thread_num() == 0) {
        memcpy(p->carried[p->number], p->room.now + (size_t)p->steps * c->into,
               sizeof(float) * history(p, p->number));
        if (!last)
            memcpy(p->room.next, p->carried[p->number + 1],
                   sizeof(float) * history(p, p->number + 1));
    }
    meet(p->meeting);
    float *now = p->room.now;
    p->room.now = p->room.next, p->room.next = now;
    p->steps *= c->stretch;
    p->number++;
}

static void sound(Passage p, float *out) {
    if (omp_get_thread_num() == 0) {
        memcpy(p.room.now, p.carried[0], sizeof(float) * history(&p, 0));
        memcpy(p.room.now + history(&p, 0), p.room.x, sizeof(float) * p.steps * p.decoder->width);
    }
    meet(p.meeting);
#define TO_NEXT (p.room.next + history(&p, p.number + 1))
    convolve(&p, (Target){.shaped = TO_NEXT, .shape = ELU});
    for (int stage = 0; stage < p.decoder->stages; stage++) {
        convolve(&p, (Target){.plain = p.room.kept, .shaped = TO_NEXT, .shape = ELU});
        convolve(&p, (Target){.shaped = TO_NEXT, .shape = ELU});
        convolve(&p, (Target){.added = p.room.kept, .shaped = TO_NEXT, .shape = ELU});
    }
#undef TO_NEXT
    convolve(&p, (Target){.plain = out});
}

/* Floats that `decode` needs to work in. */
int64_t scratch_floats(const Decoder *d, int32_t steps, int32_t threads) {
    float *end = 0;
    lay_out(d, steps, threads, &end);
    return (int64_t)(end - (float *)0);
}

/* `x` [steps, width] to `out`, its sound. `keys` and `values` [layers, heads, ring, head_dim] hold
   what was before `position`; they and `carried` are moved on. */
void decode(const Decoder *d, const float *x, int32_t steps, float *keys, float *values,
            int64_t position, int32_t ring, float *const *carried, float *out, float *scratch,
            int32_t threads) {
    Room room = lay_out(d, steps, threads, &scratch);
    Meeting meeting = {0, 0};
    memcpy(room.x, x, sizeof(float) * (size_t)steps * d->width);
#pragma omp parallel num_threads(threads)
    {
        transform(d, room, steps, keys, values, position, ring, &meeting);
        sound((Passage){d, carried, &meeting, room, 0, steps}, out);
    }
}

/* Rows in blocks: `weight` [rows, columns] to [blocks, columns, 16]. */
void pack(const float *weight, int32_t rows, int32_t columns, float *packed) {
    const int blocks = (rows + BLOCK - 1) / BLOCK;
    for (int block = 0; block < blocks; block++)
        for (int column = 0; column < columns; column++)
            for (int i = 0; i < BLOCK; i++) {
                int row = block * BLOCK + i;
                *packed++ = row < rows ? weight[(size_t)row * columns + column] : 0.0f;
            }
}
