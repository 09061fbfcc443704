"""Texts that tell tokenizers apart.

None has a ▁ in it: llama.cpp looks for user-defined runs of spaces before it writes spaces as ▁, the library after.
"""

TEXTS = [
    "",
    " ",
    "  ",
    "a",
    " a",
    "a ",
    "Hello, world!",
    "The quick brown fox jumps over the lazy dog.",
    "Don't you'll we've I'M SHE'S they'Re it'd",
    "three   spaces    and     more      here       .",
    "   leading and trailing   ",
    "\n",
    "\n\n\n",
    "one\ntwo\n\nthree\n\n\nfour\n\n\n\n",
    " \n \n\n \t\n",
    "\t\ttabs\tin\t\tbetween\t",
    "windows\r\nline\r\nends\r\n\r\n",
    "def fib(n):\n\tif n < 2:\n\t\treturn n\n\treturn fib(n - 1) + fib(n - 2)\n",
    "for (int i = 0; i < 10; ++i) { sum += a[i] * b[i]; }  // dot\n",
    '{"key": [1, 2.5, null, true], "name": "value"}',
    "<html><body class='x'>text &amp; more</body></html>",
    "https://example.org/a/b?c=d&e=%20f#g and mail@example.org",
    "/usr/local/bin:C:\\Windows\\System32",
    "1 12 123 1234 12345 123456 1234567 1,234,567.89 1e-9 0x1F 3.14159",
    "2024-11-24T16:26:31Z +1 (555) 010-9999",
    "½ ² ③ Ⅷ ٣٤٥ ४५६",
    "Größe, façade, naïve, Ærøskøbing, İstanbul, ñandú",
    "Привет, мир! Как дела? Ёлка",
    "Γειά σου Κόσμε, Ελληνικά",
    "人工智能模型的格式转换。它有三种方式：甲、乙、丙。",
    "日本語のテキスト、カタカナとひらがな。「引用」",
    "한국어 문장을 토큰으로 나눕니다.",
    "ภาษาไทยไม่มีการเว้นวรรคระหว่างคำ",
    "កាន់តែពិសេសអាច",
    "مرحبا بالعالم، كيف حالك؟",
    "שלום עולם",
    "नमस्ते दुनिया, यह हिन्दी है।",
    "Xin chào thế giới, việc nhiều điều hợp lý",
    "🙂😀🎉",
    "👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 👍🏽 tone, 🇩🇪 country",
    "zero\u200bwidth, soft\u00adhyphen, no-break\u00a0space, thin\u2009space, ideographic\u3000space",
    "“quotes” – dashes — … • ™ © € ¥ → ≤ ∞ √ ∑",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒻𝒶𝓃𝒸𝓎 𐍈 𠜎",
    "ａｂｃ１２３ ﬁ ﬂ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "======= ------ ______ ****** ###### ~~~~~~ ......",
    "!!??!? :-) ;-) ^_^ <3 \\o/ ¯\\_(ツ)_/¯",
    "camelCaseAndPascalCase snake_case kebab-case SCREAMING_CASE",
    "\u0000\u0001\u007f",
    "Ġ and Ċ, <0x0A> in a text",
    "```python\nprint('ok')\n```\n\n\n  end",
]


def with_special_tokens(texts: list[str]) -> list[str]:
    """Texts that have a tokenizer's own special tokens in them."""
    chosen = [text for text in texts if text.strip()][:6]
    return [
        *chosen,
        "".join(chosen),
        *(f"before{text}after" for text in chosen),
        *(f"{text}\n\nafter" for text in chosen[:2]),
    ]
