// Codes to scan: a QR code of a short text, as rows of dark and light modules. Bytes, error correction M, versions
// 1 to 6, as ISO/IEC 18004 has them.

/**
 * The sizes of a version: bytes of error correction in each block, blocks, and bytes of data in each block.
 * @typedef {{version: number, check: number, blocks: number, data: number}} Size
 */

/** @type {Size[]} */
const SIZES = [
  { version: 1, check: 10, blocks: 1, data: 16 },
  { version: 2, check: 16, blocks: 1, data: 28 },
  { version: 3, check: 26, blocks: 1, data: 44 },
  { version: 4, check: 18, blocks: 2, data: 32 },
  { version: 5, check: 24, blocks: 2, data: 43 },
  { version: 6, check: 16, blocks: 4, data: 27 },
];

/** The mode and the length take 12 bits in front of the bytes. */
const HEAD_BITS = 12;
const BYTE_MODE = 0b0100;
const PADS = [0xec, 0x11];

/** @type {((row: number, column: number) => boolean)[]} */
const MASKS = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/**
 * Returns the modules of a text: `true` is dark. Throws where it has more than 106 bytes.
 * @param {string} text
 * @returns {boolean[][]}
 */
export function modules(text) {
  const bytes = new TextEncoder().encode(text);
  const size = SIZES.find((one) => one.data * one.blocks * 8 >= HEAD_BITS + bytes.length * 8);
  if (size === undefined) throw new RangeError("the text is too long for a code to scan");
  const bits = [...interleaved(dataBytes(bytes, size), size)].flatMap((byte) => bitsOf(byte, 8));
  const best = MASKS.map((_, mask) => drawn(size.version, bits, mask)).map((code) => ({ code, cost: penalty(code) }));
  return best.reduce((lowest, one) => (one.cost < lowest.cost ? one : lowest)).code;
}

/**
 * @param {number} value
 * @param {number} length
 */
function bitsOf(value, length) {
  return Array.from({ length }, (_, i) => ((value >> (length - 1 - i)) & 1) === 1);
}

/**
 * Returns the data: mode, length, the text, an end, and padding.
 * @param {Uint8Array} bytes
 * @param {Size} size
 */
function dataBytes(bytes, size) {
  const capacity = size.data * size.blocks;
  const bits = [...bitsOf(BYTE_MODE, 4), ...bitsOf(bytes.length, 8), ...[...bytes].flatMap((byte) => bitsOf(byte, 8))];
  bits.push(...bitsOf(0, Math.min(4, capacity * 8 - bits.length)));
  while (bits.length % 8 !== 0) bits.push(false);
  const data = Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(i * 8, i * 8 + 8).reduce((byte, bit) => byte * 2 + Number(bit), 0),
  );
  for (let pad = 0; data.length < capacity; pad += 1) data.push(PADS[pad % 2]);
  return data;
}

/**
 * Returns the bytes in the order in which they are drawn: the blocks of data by turns, then those of correction.
 * @param {number[]} data
 * @param {Size} size
 */
function interleaved(data, size) {
  const blocks = Array.from({ length: size.blocks }, (_, i) => data.slice(i * size.data, (i + 1) * size.data));
  const checks = blocks.map((block) => remainder(block, size.check));
  /** @param {number[][]} all */
  const turns = (all) => all[0].flatMap((_, i) => all.map((block) => block[i]));
  return [...turns(blocks), ...turns(checks)];
}

/** The powers of 2 in the field of 256 elements, and their logarithms. */
const [POWERS, LOGS] = field();

function field() {
  const powers = Array(255).fill(0);
  const logs = Array(256).fill(0);
  for (let i = 0, value = 1; i < 255; i += 1) {
    powers[i] = value;
    logs[value] = i;
    value = value < 128 ? value * 2 : (value * 2) ^ 0x11d;
  }
  return [powers, logs];
}

/**
 * @param {number} a
 * @param {number} b
 */
function times(a, b) {
  return a === 0 || b === 0 ? 0 : POWERS[(LOGS[a] + LOGS[b]) % 255];
}

/**
 * Returns the bytes of error correction of a block: the remainder of a division of polynomials.
 * @param {number[]} block
 * @param {number} length
 */
function remainder(block, length) {
  let divisor = [1];
  for (let i = 0; i < length; i += 1)
    divisor = [...divisor, 0].map((value, at) => value ^ times(divisor[at - 1] ?? 0, POWERS[i]));
  const rest = [...block, ...Array(length).fill(0)];
  block.forEach((_, i) => {
    const factor = rest[i];
    divisor.forEach((value, at) => (rest[i + at] ^= times(value, factor)));
  });
  return rest.slice(block.length);
}

/**
 * Draws a code with a mask.
 * @param {number} version
 * @param {boolean[]} bits
 * @param {number} mask
 */
function drawn(version, bits, mask) {
  const width = 17 + 4 * version;
  /** @type {(boolean | null)[][]} `null` is still free */
  const code = Array.from({ length: width }, () => Array(width).fill(null));
  drawPatterns(code, version);
  drawFormat(code, mask);
  drawBits(code, bits, MASKS[mask]);
  return /** @type {boolean[][]} */ (code);
}

/**
 * Draws what every code of the version has: three finders, the alignment, the timing.
 * @param {(boolean | null)[][]} code
 * @param {number} version
 */
function drawPatterns(code, version) {
  const width = code.length;
  for (const [row, column] of [[3, 3], [3, width - 4], [width - 4, 3]]) drawSquares(code, row, column, 4, [2, 4]);
  if (version > 1) drawSquares(code, width - 7, width - 7, 2, [1]);
  for (let i = 8; i < width - 8; i += 1) code[6][i] = code[i][6] = i % 2 === 0;
}

/**
 * Draws squares around a middle: dark, but for those whose distance from it is listed.
 * @param {(boolean | null)[][]} code
 * @param {number} row
 * @param {number} column
 * @param {number} reach
 * @param {number[]} light
 */
function drawSquares(code, row, column, reach, light) {
  for (let r = -reach; r <= reach; r += 1) {
    for (let c = -reach; c <= reach; c += 1) {
      const isInside = row + r in code && column + c in code;
      if (isInside) code[row + r][column + c] = !light.includes(Math.max(Math.abs(r), Math.abs(c)));
    }
  }
}

/**
 * Draws the level and the mask, twice, and the module that is always dark.
 * @param {(boolean | null)[][]} code
 * @param {number} mask
 */
function drawFormat(code, mask) {
  // Level M is 00, so the five bits are those of the mask.
  let rest = mask << 10;
  for (let bit = 14; bit >= 10; bit -= 1) if ((rest >> bit) & 1) rest ^= 0x537 << (bit - 10);
  const format = bitsOf(((mask << 10) | rest) ^ 0x5412, 15);
  const width = code.length;
  format.forEach((bit, i) => {
    if (i < 8) code[8][i < 6 ? i : i + 1] = bit;
    else code[i === 8 ? 7 : 14 - i][8] = bit;
    if (i < 7) code[width - 1 - i][8] = bit;
    else code[8][width - 15 + i] = bit;
  });
  code[width - 8][8] = true;
}

/**
 * Fills what is free with the bits, in columns of two from the right, up and down by turns.
 * @param {(boolean | null)[][]} code
 * @param {boolean[]} bits
 * @param {(row: number, column: number) => boolean} mask
 */
function drawBits(code, bits, mask) {
  const width = code.length;
  let next = 0;
  let isUp = true;
  for (let right = width - 1; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right = 5;
    for (let i = 0; i < width; i += 1) {
      const row = isUp ? width - 1 - i : i;
      for (const column of [right, right - 1]) {
        if (code[row][column] !== null) continue;
        code[row][column] = (bits[next] ?? false) !== mask(row, column);
        next += 1;
      }
    }
  }
}

/**
 * Returns how hard a code is to read: long runs, blocks, what looks like a finder, and too much of one colour.
 * @param {boolean[][]} code
 */
function penalty(code) {
  const width = code.length;
  const columns = code.map((_, c) => code.map((row) => row[c]));
  let cost = 0;
  for (const line of [...code, ...columns]) {
    const text = line.map((dark) => (dark ? "1" : "0")).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
    cost += 40 * (text.match(/(?=00001011101|10111010000)/g) ?? []).length;
  }
  for (let r = 1; r < width; r += 1) {
    for (let c = 1; c < width; c += 1) {
      const square = [code[r][c - 1], code[r - 1][c], code[r - 1][c - 1]];
      if (square.every((one) => one === code[r][c])) cost += 3;
    }
  }
  const dark = code.flat().filter(Boolean).length / width ** 2;
  return cost + 10 * Math.floor(Math.abs(dark - 0.5) * 20);
}
