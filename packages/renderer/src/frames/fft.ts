/** The power of each frequency of `size` real samples: entry k is for k/size of the sampling rate, up to half of it. */
export type PowerSpectrum = (samples: Float32Array, power: Float32Array) => void;

/** For `size` a power of two. The samples are taken two by two as complex numbers, which halves the work. */
export function createPowerSpectrum(size: number): PowerSpectrum {
  const half = size / 2;
  const real = new Float32Array(half);
  const imaginary = new Float32Array(half);
  const cosines = Float32Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sines = Float32Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const bits = Math.log2(half);
  const reversed = Uint16Array.from({ length: half }, (_, index) => {
    let result = 0;
    for (let bit = 0; bit < bits; bit++) result |= ((index >> bit) & 1) << (bits - 1 - bit);
    return result;
  });

  const transform = (): void => {
    for (let length = 2; length <= half; length *= 2) {
      const middle = length / 2;
      const stride = size / length;
      for (let start = 0; start < half; start += length) {
        for (let k = 0, turn = 0; k < middle; k++, turn += stride) {
          const a = start + k;
          const b = a + middle;
          const cosine = cosines[turn]!;
          const sine = sines[turn]!;
          const x = real[b]! * cosine + imaginary[b]! * sine;
          const y = imaginary[b]! * cosine - real[b]! * sine;
          real[b] = real[a]! - x;
          imaginary[b] = imaginary[a]! - y;
          real[a]! += x;
          imaginary[a]! += y;
        }
      }
    }
  };

  return (samples, power) => {
    for (let index = 0; index < half; index++) {
      const from = reversed[index]! * 2;
      real[index] = samples[from]!;
      imaginary[index] = samples[from + 1]!;
    }
    transform();
    power[0] = (real[0]! + imaginary[0]!) ** 2;
    power[half] = (real[0]! - imaginary[0]!) ** 2;
    // By their symmetry the even and the odd samples, which were transformed together, are separated again.
    for (let k = 1; k < half; k++) {
      const other = half - k;
      const evenReal = (real[k]! + real[other]!) / 2;
      const evenImaginary = (imaginary[k]! - imaginary[other]!) / 2;
      const oddReal = (imaginary[k]! + imaginary[other]!) / 2;
      const oddImaginary = (real[other]! - real[k]!) / 2;
      const x = evenReal + oddReal * cosines[k]! + oddImaginary * sines[k]!;
      const y = evenImaginary + oddImaginary * cosines[k]! - oddReal * sines[k]!;
      power[k] = x * x + y * y;
    }
  };
}
