// Protocol buffers by hand: only as much as values need.  The analyzer's messages go through protobufjs; values do
// not, because tables hold many of them and because no number may pass through a double.
'use strict';

class Writer {
  constructor() {
    this.parts = [];
    this.length = 0;
  }
  raw(buffer) {
    this.parts.push(buffer);
    this.length += buffer.length;
  }
  varint(value) {
    let n = BigInt.asUintN(64, BigInt(value));
    const bytes = [];
    for (; n > 127n; n >>= 7n) bytes.push(Number(n & 127n) | 128);
    bytes.push(Number(n));
    this.raw(Buffer.from(bytes));
  }
  number(field, value) {
    this.varint(field << 3);
    this.varint(value);
  }
  double(field, value) {
    const buffer = Buffer.alloc(8);
    buffer.writeDoubleLE(value);
    this.varint(field << 3 | 1);
    this.raw(buffer);
  }
  bytes(field, buffer) {
    this.varint(field << 3 | 2);
    this.varint(buffer.length);
    this.raw(buffer);
  }
  finish() {
    return this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts, this.length);
  }
}

class Reader {
  constructor(buffer) {
    this.buffer = buffer;
    this.at = 0;
  }
  get more() {
    return this.at < this.buffer.length;
  }
  small() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.buffer[this.at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }
  // A varint as a signed 64-bit number.
  signed() {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.buffer[this.at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
  }
  double() {
    this.at += 8;
    return this.buffer.readDoubleLE(this.at - 8);
  }
  bytes() {
    const length = this.small();
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }
  // Calls each(field, reader) for every field; one that does not read the field returns true.
  fields(each) {
    while (this.more) {
      const tag = this.small(), kind = tag & 7;
      if (each(Math.floor(tag / 8), this) !== true) continue;
      if (kind === 0) this.signed();
      else if (kind === 1) this.at += 8;
      else if (kind === 2) this.bytes();
      else this.at += 4;
    }
  }
}

module.exports = {Writer, Reader};
