/**
 * The Latin letter for each look-alike that NFKD does not change, as it appears in the fonts of Discord. Chosen from Unicode's table of
 * confusable characters (UTS #39): letters of living scripts, and the alphabets that generators of "fancy text" use.
 */
export const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  // Greek: a capital often looks like another Latin letter than its small form.
  ...pairs('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'abezhikmnoptyx'),
  ...pairs('αβγεηικνορςτυχωϲϳ', 'abyenikvopstuxwcj'),
  // Cyrillic.
  ...bothCases('авезкмнорстухьіјѕєһԁԛԝѵѡӏ', 'abe3kmhopctyxbijsehdqwvwl'),
  // Armenian.
  ...bothCases('օսցոհ', 'ougnh'),
  // Latin letters with strokes and hooks, and phonetic letters.
  ...bothCases('øđłħŧƒɓƈɖɗɛɠɨƙŋɔƥʀʂƭʈʋƴƶəɱɲ', 'odlhtfbcddegiknoprsttvyzemn'),
  ...pairs('ɑɡıȷɩɦɫɭɳɾʐʑʌ', 'agijihllnrzzv'),
  // Small capitals.
  ...pairs('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꜱᴛᴜᴠᴡʏᴢ', 'abcdefghijklmnopstuvwyz'),
  // Cherokee and Lisu capitals.
  ...pairs('ᎠᎡᎢᎪᎫᎬᎳᎷᎻᏀᏃᏒᏔᏙᏚᏞᏟᏢᏦᏴ', 'drtajewmhgzrwvslcpkb'),
  ...pairs('ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ', 'bpdtgkjczfmnlsrvhwxyaeiou'),
  ['æ', 'ae'],
  ['Æ', 'ae'],
  ['œ', 'oe'],
  ['Œ', 'oe'],
  // Squared, dark circled and dark squared letters, regional indicators.
  ...[0x1f130, 0x1f150, 0x1f170, 0x1f1e6].flatMap(alphabetFrom),
]);

function pairs(from: string, to: string): [string, string][] {
  return Array.from(from, (letter, index) => [letter, to.charAt(index)]);
}

function bothCases(from: string, to: string): [string, string][] {
  return pairs(from, to).flatMap(([letter, seen]) => [
    [letter, seen],
    [letter.toUpperCase(), seen],
  ]);
}

/** 26 code points from `first` on, as a–z. */
function alphabetFrom(first: number): [string, string][] {
  return Array.from({ length: 26 }, (_unused, index) => [String.fromCodePoint(first + index), String.fromCharCode(0x61 + index)]);
}
