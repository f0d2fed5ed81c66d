"""What a graphics card does for one row of speech, in few and large steps, written in Triton.

At one row all time goes into reading weights and into starting the next step. So what stands
between two matrix products is done inside them: norms, rotary embedding, the gate, the sum with the
residual stream. Each program takes a few whole rows of a matrix, and asks for them before it waits
for the step before it ("programmatic dependent launch"), so that reading never pauses.

Vectors are float32 between the steps, sums are made in float32.
"""

# Triton compiles the text of these functions and has no types for them.
# mypy: ignore-errors

import triton
import triton.language as tl


@triton.jit
def _wait(AHEAD: tl.constexpr):
    """Let the next step begin to read its weights, and wait until the one before has written."""
    if AHEAD:
        tl.extra.cuda.gdc_launch_dependents()
        tl.extra.cuda.gdc_wait()


@triton.jit
def _rows(weight, rows, COLUMNS: tl.constexpr, WIDTH: tl.constexpr):
    """The ``rows`` of ``weight``, filled up with zeros to the power of two ``WIDTH``."""
    at = tl.arange(0, WIDTH)
    where = weight + rows[:, None] * COLUMNS + at[None, :]
    if COLUMNS == WIDTH:
        return tl.load(where, eviction_policy="evict_first")
    return tl.load(where, mask=at[None, :] < COLUMNS, other=0.0, eviction_policy="evict_first")


@triton.jit
def _product(rows, x, norm, eps, COLUMNS: tl.constexpr, WIDTH: tl.constexpr, NORM: tl.constexpr):
    """``rows`` times the vector at ``x``, which is normed first if that is asked for."""
    at = tl.arange(0, WIDTH)
    inside = at < COLUMNS
    vector = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    if NORM:
        size = tl.rsqrt(tl.sum(vector * vector, 0) / COLUMNS + eps)
        vector = vector * size * tl.load(norm + at, mask=inside, other=0.0).to(tl.float32)
    return tl.sum(rows.to(tl.float32) * vector[None, :], 1)


@triton.jit
def multiply(
    x, norm, weight, out, eps,
    COLUMNS: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr,
    NORM: tl.constexpr, ADD: tl.constexpr, AHEAD: tl.constexpr,
):  # fmt: skip
    """``out`` [rows] = (or +=) ``weight`` times the vector at ``x``."""
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    part = _rows(weight, rows, COLUMNS, WIDTH)
    _wait(AHEAD)
    made = _product(part, x, norm, eps, COLUMNS, WIDTH, NORM)
    if ADD:
        made += tl.load(out + rows)
    tl.store(out + rows, made)


@triton.jit
def multiply_gated(
    x, norm, weight, out, eps, half,
    COLUMNS: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr, AHEAD: tl.constexpr,
):  # fmt: skip
    """``out`` [half] = silu(gate) * up, of which ``weight`` makes [2 * half]; ``x`` is normed."""
    first = tl.program_id(0) * ROWS
    both = tl.arange(0, 2 * ROWS)
    # Each gate beside its own up, so that they come apart again without a move.
    part = _rows(weight, first + both // 2 + (both % 2) * half, COLUMNS, WIDTH)
    _wait(AHEAD)
    made = _product(part, x, norm, eps, COLUMNS, WIDTH, True)
    gate, up = tl.split(tl.reshape(made, (ROWS, 2)))
    tl.store(out + first + tl.arange(0, ROWS), gate * tl.sigmoid(gate) * up)


@triton.jit
def multiply_turned(
    x, norm, weight, rotations, position, queries, keys, values, eps, positions,
    COLUMNS: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr, HEADS: tl.constexpr,
    KV_HEADS: tl.constexpr, HEAD_DIM: tl.constexpr, AHEAD: tl.constexpr,
):  # fmt: skip
    """Queries, keys and values of one row. Queries and keys are turned by what ``rotations``
    [positions, head_dim / 2, 2] says for ``position``; keys and values [kv_heads, positions,
    head_dim] are put there. A program stays within one head."""
    first = tl.program_id(0) * ROWS
    part = _rows(weight, first + tl.arange(0, ROWS), COLUMNS, WIDTH)
    _wait(AHEAD)
    made = _product(part, x, norm, eps, COLUMNS, WIDTH, True)
    at = tl.load(position).to(tl.int32)
    head = first // HEAD_DIM
    inner = first % HEAD_DIM
    within = inner + tl.arange(0, ROWS)
    if head < HEADS + KV_HEADS:
        pair = inner // 2 + tl.arange(0, ROWS // 2)
        turn = rotations + (at * (HEAD_DIM // 2) + pair) * 2
        along, across = tl.load(turn), tl.load(turn + 1)
        left, right = tl.split(tl.reshape(made, (ROWS // 2, 2)))
        turned = tl.join(left * along - right * across, left * across + right * along)
        made = tl.reshape(turned, (ROWS,))
    if head < HEADS:
        tl.store(queries + head * HEAD_DIM + within, made)
    elif head < HEADS + KV_HEADS:
        tl.store(keys + ((head - HEADS) * positions + at) * HEAD_DIM + within, made)
    else:
        tl.store(values + ((head - HEADS - KV_HEADS) * positions + at) * HEAD_DIM + within, made)


@triton.jit
def attend(
    queries, keys, values, position, out, scale, positions,
    GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK: tl.constexpr, AHEAD: tl.constexpr,
):  # fmt: skip
    """Attention of one row over all positions up to its own; a program for each head.

    In blocks with a running softmax (Milakov, Gimelshein 2018, arXiv:1805.02867).
    """
    _wait(AHEAD)
    head = tl.program_id(0)
    across = tl.arange(0, HEAD_DIM)
    query = tl.load(queries + head * HEAD_DIM + across) * scale
    last = tl.load(position).to(tl.int32)
    first = (head // GROUP) * positions
    highest = tl.full((), float("-inf"), tl.float32)
    total = tl.full((), 0.0, tl.float32)
    heard = tl.zeros((HEAD_DIM,), tl.float32)
    for start in range(0, last + 1, BLOCK):
        at = start + tl.arange(0, BLOCK)
        seen = at <= last
        where = (first + at)[:, None] * HEAD_DIM + across[None, :]
        key = tl.load(keys + where, mask=seen[:, None], other=0.0).to(tl.float32)
        value = tl.load(values + where, mask=seen[:, None], other=0.0).to(tl.float32)
        score = tl.where(seen, tl.sum(key * query[None, :], 1), float("-inf"))
        higher = tl.maximum(highest, tl.max(score, 0))
        share = tl.exp(score - higher)
        kept = tl.exp(highest - higher)
        heard = heard * kept + tl.sum(share[:, None] * value, 0)
        total = total * kept + tl.sum(share, 0)
        highest = higher
    tl.store(out + head * HEAD_DIM + across, heard / total)


@triton.jit
def embed_frame(
    frame, table, out, vocabulary,
    BOOKS: tl.constexpr, ALL: tl.constexpr, HIDDEN: tl.constexpr, COLUMNS: tl.constexpr,
    AHEAD: tl.constexpr,
):  # fmt: skip
    """``out`` [hidden] = the sum of the rows of ``table`` for the codes of ``frame``."""
    _wait(AHEAD)
    book = tl.arange(0, ALL)
    row = tl.load(frame + book, mask=book < BOOKS, other=0) + book * vocabulary
    at = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (book < BOOKS)[:, None] & (at < HIDDEN)[None, :]
    rows = tl.load(table + row[:, None] * HIDDEN + at[None, :], mask=inside, other=0.0)
    tl.store(out + at, tl.sum(rows.to(tl.float32), 0), mask=at < HIDDEN)


@triton.jit
def _likelier(logit, code, chosen):
    """How many of the codes are likelier than ``chosen``."""
    its_own = tl.max(tl.where(code == chosen, logit, float("-inf")), 0)
    return tl.sum((logit > its_own).to(tl.int32), 0)


@triton.jit
def choose(
    logits, noise, settings, top_k, frame, table, out, book, first_row,
    CODES: tl.constexpr, ALL: tl.constexpr, HIDDEN: tl.constexpr, WIDTH: tl.constexpr,
    EMBED: tl.constexpr, AHEAD: tl.constexpr,
):  # fmt: skip
    """Draw a code from ``logits`` [codes] into ``frame`` at ``book``, and put its row of ``table``
    into ``out``.

    The largest of logits times ``settings[0]`` minus ``noise`` times ``settings[1]`` among the
    ``top_k`` likeliest codes. Which these are need not be known: the largest of all is theirs if
    fewer than ``top_k`` codes are likelier, and else it is struck out.
    """
    _wait(AHEAD)
    code = tl.arange(0, ALL)
    inside = code < CODES
    logit = tl.load(logits + code, mask=inside, other=float("-inf"))
    drawn = tl.load(noise + code, mask=inside, other=0.0)
    score = logit * tl.load(settings) - drawn * tl.load(settings + 1)
    most = tl.load(top_k)
    chosen = tl.argmax(score, 0)
    while _likelier(logit, code, chosen) >= most:
        score = tl.where(code == chosen, float("-inf"), score)
        chosen = tl.argmax(score, 0)
    tl.store(frame + book, chosen.to(tl.int64))
    if EMBED:
        at = tl.arange(0, WIDTH)
        row = table + (first_row + chosen).to(tl.int64) * HIDDEN
        tl.store(out + at, tl.load(row + at, mask=at < HIDDEN, other=0.0), mask=at < HIDDEN)
