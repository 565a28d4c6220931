import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createContentPolicy, parsePolicyTerms } from './policy.ts';

const DEFAULT_TERMS = parsePolicyTerms(readFileSync(new URL('policy-terms.txt', import.meta.url), 'utf8'));

const policy = createContentPolicy({
  terms: ['gore', 'nude', 'kill', 'ass', 'rapist', 'thorp', 'severed head', 'straße', 'голый', 'ΓΥΜΝΟΣ', '裸体', 'เปลือย', 'नग्न', '𠮷野'],
});

const refused = (text: string): string | undefined => {
  const verdict = policy.check(text);
  return verdict.allowed ? undefined : verdict.term;
};

describe('content policy', () => {
  test('finds a term as a whole word, next to any other characters', () => {
    for (const text of [
      'gore',
      'GORE',
      'a gore scene',
      'gore, more',
      '"gore"',
      'so:gore',
      '_gore_',
      'a\ngore\tb',
      'gore--ar 1:1',
      "gore's end",
    ]) {
      assert.equal(refused(text), 'gore', text);
    }
    assert.equal(refused('a severed  head'), 'severed head');
    assert.equal(refused('Severed-Head'), 'severed head');
    assert.equal(refused('STRASSE'), 'straße');
  });

  test('allows longer words that contain a term', () => {
    for (const text of [
      'Scunthorpe',
      'class',
      'classic brass',
      'therapist',
      'denuded hills',
      'gorey',
      'gregore',
      'skill',
      'severed heads',
      'goré1',
      'assassin, assess, bass, grass, passion and a cockatoo',
      'Sussex, Essex and Middlesex',
      'Penistone, Clitheroe, Lightwater',
      'mass, Assisi, Massachusetts',
      'gorge, Gorecki, Al Gorette',
      'killjoy and Kilkenny',
    ]) {
      assert.deepEqual(policy.check(text), { allowed: true }, text);
    }
  });

  test('finds terms with disguised letters', () => {
    const disguises = {
      accents: 'gör\u0301ẽ',
      'full width': 'ＧＯＲＥ',
      circled: 'ⓖⓞⓡⓔ',
      'dark circled': '🅖🅞🅡🅔',
      squared: '🄶🄾🅁🄴',
      'regional indicators': '🇬🇴🇷🇪',
      mathematical: '𝓰𝓸𝓻𝓮 and 𝔤𝔬𝔯𝔢',
      'small capitals': 'ɢᴏʀᴇ',
      'Cyrillic о and е': 'gоrе',
      'Greek omicron': 'gοre',
      'zero-width space': 'go\u200bre',
      'soft hyphen': 'go\u00adre',
      'word joiner': 'g\u2060ore',
      'variation selector': 'go\ufe0fre',
      'stacked marks': `g${'\u0336'.repeat(40)}ore`,
      'marks of another script': 'g\u0941ore',
      digits: 'g0r3',
      signs: 'a g0re!',
      'hooked letters': 'ɠøʀɛ',
      Cherokee: 'ᏀoᎡᎬ',
      Lisu: 'ꓖꓳꓣꓰ',
    };
    for (const [name, text] of Object.entries(disguises)) assert.equal(refused(text), 'gore', name);
    assert.equal(refused('ΝUDΕ'), 'nude', 'Greek capitals');
    assert.equal(refused('k1ll'), 'kill', '1 as i');
    assert.equal(refused('ki11'), 'kill', '1 as l');
    assert.equal(refused('k!ll'), 'kill');
    assert.equal(refused('@$s'), 'ass');
    assert.equal(refused('an a$$'), 'ass');
  });

  test('does not read numbers as letters', () => {
    assert.deepEqual(createContentPolicy({ terms: ['bob', 'see', 'lol'] }).check('808 533 101 --ar 8:08'), { allowed: true });
  });

  test('finds terms in other scripts, in either case, and anywhere in scripts without spaces', () => {
    assert.equal(refused('ГОЛЫЙ человек'), 'голый');
    assert.equal(refused('γυμνος'), 'ΓΥΜΝΟΣ');
    assert.equal(refused('γυμνός άνθρωπος'), 'ΓΥΜΝΟΣ');
    assert.equal(refused('一个裸体的女人'), '裸体');
    assert.equal(refused('ภาพเปลือยคน'), 'เปลือย');
    assert.equal(refused('दो नग्न लोग'), 'नग्न');
    assert.equal(refused('東京𠮷野家'), '𠮷野');
    assert.equal(refused('血gore画'), 'gore');
    assert.deepEqual(policy.check('полуголый'), { allowed: true });
    assert.deepEqual(policy.check('नग्नता'), { allowed: true });
    assert.deepEqual(policy.check('𠮷祥寺 東京'), { allowed: true });
  });

  test('an empty list, empty terms and an empty text are allowed', () => {
    assert.deepEqual(createContentPolicy({ terms: [] }).check('gore'), { allowed: true });
    assert.deepEqual(createContentPolicy({ terms: ['', ' ', '!!', '\u200b'] }).check('! gore'), { allowed: true });
    assert.deepEqual(policy.check(''), { allowed: true });
  });
});

describe('content policy, for any text', () => {
  const word = fc.stringMatching(/^[b-df-hj-np-rtv-z]{3,8}$/);
  const filler = fc.array(fc.constantFrom(' ', ', ', ' - ', '\n', ' aeiou ', ' ioa, '), { maxLength: 6 }).map((parts) => parts.join(''));

  test('a term between any fillers is found, and within a longer word is not', () => {
    fc.assert(
      fc.property(word, filler, filler, fc.constantFrom('a', 'é', 'я', '1'), (term, before, after, letter) => {
        const one = createContentPolicy({ terms: [term] });
        assert.deepEqual(one.check(`${before} ${term} ${after}`), { allowed: false, term });
        assert.deepEqual(one.check(`${before} ${term}${letter}q ${after}`), { allowed: true });
        assert.deepEqual(one.check(`${before} ${letter}${term} ${after}`), { allowed: true });
      }),
      { numRuns: 200 },
    );
  });

  test('finds the same terms as a plain search by words, also terms of several words and overlapping terms', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '));
    const text = fc.array(fc.constantFrom('a', 'b', 'ab', 'ba'), { maxLength: 12 }).map((parts) => ` ${parts.join(' ')} `);
    fc.assert(
      fc.property(fc.array(words, { maxLength: 5 }), text, (terms, prompt) => {
        const verdict = createContentPolicy({ terms }).check(prompt);
        const isThere = (term: string): boolean => prompt.includes(` ${term} `);
        assert.equal(verdict.allowed, !terms.some(isThere));
        if (!verdict.allowed) assert.ok(isThere(verdict.term));
      }),
      { numRuns: 1_000 },
    );
  });

  test('never throws, and finds a term under any marks and invisible characters', () => {
    const noise = fc
      .array(fc.constantFrom('\u0301', '\u0336', '\u200b', '\u200d', '\u00ad', '\ufe0e', '\u2063'), { maxLength: 3 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
        noise,
        noise,
        noise,
        (text, one, two, three) => {
          policy.check(text);
          assert.equal(policy.check(`${text} g${one}o${two}r${three}e`).allowed, false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('default terms', () => {
  test('are each found and each plain, and everyday prompts pass', () => {
    const shipped = createContentPolicy({ terms: DEFAULT_TERMS });
    assert.ok(DEFAULT_TERMS.length > 20);
    assert.equal(new Set(DEFAULT_TERMS).size, DEFAULT_TERMS.length);
    for (const term of DEFAULT_TERMS) assert.deepEqual(shipped.check(`a photo of ${term.toUpperCase()}, 35mm`), { allowed: false, term });
    for (const prompt of [
      'a blood orange, denuded hills, the naked eye and a naked mole rat',
      'the head of a statue in a gorge, Gregorian chant, category theory',
      'https://example.com/photo.jpg a cyberpunk city, neon lights --ar 16:9 --v 7 --seed 80085',
    ]) {
      assert.deepEqual(shipped.check(prompt), { allowed: true }, prompt);
    }
  });

  test('a list file may have comments, blank lines and either line ending', () => {
    assert.deepEqual(parsePolicyTerms('# head\r\n\r\none # first\n  two words \n#three'), ['one', 'two words']);
  });
});
