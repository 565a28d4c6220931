/** Texts that break careless renderers, each under the name of its difficulty. */
export const HARD_TEXTS = {
  emoji: 'Dancing 🎉 in the rain 🌧️ 💃🏽',
  'joined emoji': 'Family 👩‍👩‍👧‍👦 and pirates 🏴‍☠️',
  flags: '🇩🇪🇧🇷🏴󠁧󠁢󠁳󠁣󠁴󠁿 anthem',
  'Chinese, Japanese, Korean': '霓虹河流 ネオンの川 네온 강',
  'right to left': 'أنهار النيون נהרות ניאון',
  'a very long title': 'The longest song title anyone has ever written about '.repeat(4).trim(),
  'one long word': 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2),
  'line ends and control characters': 'Neon\r\nRi\u0000ve\u2028rs\t\u001b[31m red',
  'expansion marks': '%{localtime} %{eif\\:1+1\\:d} %d',
  quotes: `It's "quoted": a;b,c [d] {e} \\f\\`,
  'a filter': "x':textfile=/etc/passwd:fontsize=99,drawtext=text='y[out];[out]null",
  'subtitle tags': '{\\an8\\fs200}big{\\p1}m 0 0 l 100 100',
  'turned direction': 'safe \u202egnp.exe\u202c \u2066text\u2069',
  'towers of accents': `Z${'\u0351\u0334\u0489'.repeat(40)}algo`,
  markup: '<b>bold</b> &amp; <script>alert(1)</script>',
  'half a letter': 'broken \ud83d surrogate \udc00',
} as const;
