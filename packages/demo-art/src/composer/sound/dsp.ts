/** Samples a second, of everything here. */
export const RATE = 44_100;

/** Hertz at a time, in seconds. */
type Curve = (atS: number) => number;

/** How often curves are looked at. */
const CONTROL_SAMPLES = 64;

export const silence = (seconds: number): Float32Array => new Float32Array(Math.max(1, Math.round(seconds * RATE)));

/** Rounds off the corner of a saw at its jump, so that it does not alias. */
function polyBlep(phase: number, step: number): number {
  if (phase < step) {
    const t = phase / step;
    return t + t - t * t - 1;
  }
  if (phase > 1 - step) {
    const t = (phase - 1) / step;
    return t * t + t + t + 1;
  }
  return 0;
}

/** Adds a saw; `vibrato` is a part of the frequency, and grows in the first half second. */
export function addSaw(out: Float32Array, frequency: number, gain: number, options: { phase?: number; vibrato?: number } = {}): void {
  let phase = options.phase ?? 0;
  const { vibrato = 0 } = options;
  let step = frequency / RATE;
  for (let index = 0; index < out.length; index++) {
    if (vibrato !== 0 && index % CONTROL_SAMPLES === 0) {
      const atS = index / RATE;
      step = (frequency / RATE) * (1 + vibrato * Math.min(1, atS * 2) * Math.sin(2 * Math.PI * 5.4 * atS));
    }
    out[index]! += gain * (2 * phase - 1 - polyBlep(phase, step));
    phase += step;
    if (phase >= 1) phase -= 1;
  }
}

/** Adds a sine that dies away: `decayS` is the time in which it falls to a third. */
export function addPartial(out: Float32Array, frequency: number, gain: number, decayS: number): void {
  if (frequency > RATE * 0.45) return;
  const angle = (2 * Math.PI * frequency) / RATE;
  const fall = Math.exp(-1 / (decayS * RATE));
  // A damped sine is a recurrence of two multiplications.
  const first = 2 * Math.cos(angle) * fall;
  const second = fall * fall;
  let before = 0;
  let now = gain * Math.sin(angle) * fall;
  for (let index = 1; index < out.length; index++) {
    out[index]! += now;
    const next = first * now - second * before;
    before = now;
    now = next;
  }
}

export function addNoise(out: Float32Array, gain: number, random: () => number): void {
  for (let index = 0; index < out.length; index++) out[index]! += gain * (2 * random() - 1);
}

/**
 * Filters in place with a state-variable filter; its corner may follow a curve. The topology-preserving form stays in tune and stable when
 * the corner moves.
 */
export function filter(out: Float32Array, kind: 'low' | 'band' | 'high', corner: number | Curve, resonance = 0.7): void {
  const damping = 1 / resonance;
  let charge1 = 0;
  let charge2 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  for (let index = 0; index < out.length; index++) {
    if (index % CONTROL_SAMPLES === 0 && (index === 0 || typeof corner === 'function')) {
      const hertz = typeof corner === 'function' ? corner(index / RATE) : corner;
      const g = Math.tan((Math.PI * Math.min(Math.max(hertz, 20), RATE * 0.45)) / RATE);
      a1 = 1 / (1 + g * (g + damping));
      a2 = g * a1;
      a3 = g * a2;
    }
    const input = out[index] ?? 0;
    const v3 = input - charge2;
    const v1 = a1 * charge1 + a2 * v3;
    const v2 = charge2 + a2 * charge1 + a3 * v3;
    charge1 = 2 * v1 - charge1;
    charge2 = 2 * v2 - charge2;
    out[index] = kind === 'low' ? v2 : kind === 'band' ? v1 * damping : input - damping * v1 - v2;
  }
}

/** Shapes in place: rises in `attackS`, falls to `sustain` in `decayS`, and from `lengthS` on dies away in `releaseS`. */
export function shape(
  out: Float32Array,
  {
    attackS,
    decayS = 0.1,
    sustain = 1,
    releaseS,
    lengthS,
  }: { attackS: number; decayS?: number; sustain?: number; releaseS: number; lengthS: number },
): void {
  const attack = Math.max(1, attackS * RATE);
  const fall = Math.exp(-1 / (decayS * RATE));
  const held = Math.min(out.length, Math.round(lengthS * RATE));
  const release = Math.max(1, Math.min(releaseS * RATE, out.length - held));
  let excess = 1 - sustain;
  for (let index = 0; index < out.length; index++) {
    let level = 1;
    if (index < attack) level = index / attack;
    else {
      excess *= fall;
      level = sustain + excess;
    }
    if (index >= held) {
      const left = Math.max(0, 1 - (index - held) / release);
      level *= left * left;
    }
    out[index]! *= level;
  }
}

/** Drives the samples into a soft limit, in place; quiet ones stay nearly as they are. */
export function drive(out: Float32Array, amount: number): void {
  for (let index = 0; index < out.length; index++) out[index] = Math.tanh((out[index] ?? 0) * amount);
}

/** A plucked string: noise that goes round in a loop as long as one period and loses its edge with each round. */
export function addString(
  out: Float32Array,
  frequency: number,
  { gain, decayS, brightness, random }: { gain: number; decayS: number; brightness: number; random: () => number },
): void {
  // The averaging in the loop delays by half a sample.
  const period = RATE / frequency - 0.5;
  const size = Math.floor(period);
  const between = period - size;
  const loop = new Float32Array(size + 1);
  let last = 0;
  for (let index = 0; index <= size; index++) {
    last += brightness * (2 * random() - 1 - last);
    loop[index] = last;
  }
  const fall = Math.exp(-1 / (decayS * frequency));
  let position = 0;
  let held = 0;
  let earlier = 0;
  for (let index = 0; index < out.length; index++) {
    const next = position + 1 > size ? 0 : position + 1;
    const tapped = (loop[position] ?? 0) * between + (loop[next] ?? 0) * (1 - between);
    const smoothed = (tapped + held) * 0.5 * fall;
    held = tapped;
    loop[position] = smoothed;
    // Without its constant part, which a loop keeps for ever.
    out[index]! += gain * (smoothed - earlier * 0.25);
    earlier = smoothed;
    position = next;
  }
}
