#!/usr/bin/env python3
"""Writes tests/names/pairs.csv: the pairs of by_hand.txt and the systematic ones, by the public tables.

    tests/names/generate.py            writes pairs.csv
    tests/names/generate.py --check    exit status 1 where pairs.csv is not what would be written
    tests/names/generate.py --counts   the table of kinds in README.md

The tables are

- Russian: BGN/PCGN 1947, ISO 9:1995, ALA-LC 2012 (with and without its signs), ISO/R 9:1968 ("scholarly"),
  the Duden's German transcription, the traditional French one, and the English of newspapers;
- Ukrainian: the National system of 2010, BGN/PCGN 1965, ALA-LC, ISO 9:1995;
- Bulgarian: the streamlined system of 2009, BGN/PCGN 1952;
- Chinese: Wade-Giles from Hanyu Pinyin, by initial and final;
- Korean: McCune-Reischauer (with and without its signs), the Revised Romanization of 2000, and popular forms.

A name is one person's, given in one fold, and its pairs are made there. What stands in both folds must be a given
name, a rank or a particle: see SHARED. Standard library only; the same file each time.
"""
import csv
import hashlib
import io
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent

# Cyrillic ------------------------------------------------------------------------------------------------------------

CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


def table(latin, letters=CYRILLIC):
    return dict(zip(letters, (x.replace("·", "") for x in latin.split()), strict=True))


RUSSIAN = {
    "bgn": table("a b v g d e ë zh z i y k l m n o p r s t u f kh ts ch sh shch ” y ’ e yu ya"),
    "iso9": table("a b v g d e ë ž z i j k l m n o p r s t u f h c č š ŝ ʺ y ʹ è û â"),
    "alalc": table("a b v g d e ë zh z i ĭ k l m n o p r s t u f kh t͡s ch sh shch ʺ y ʹ ė i͡u i͡a"),
    "scholarly": table("a b v g d e ë ž z i j k l m n o p r s t u f ch c č š šč ʺ y ʹ ė ju ja"),
    "english": table("a b v g d e yo zh z i i k l m n o p r s t u f kh ts ch sh shch · y · e yu ya"),
    "german": table("a b w g d e jo sch s i i k l m n o p r s t u f ch z tsch sch schtsch · y · e ju ja"),
    "french": table("a b v g d e io j z i ï k l m n o p r s t ou f kh ts tch ch chtch · y · e iou ia"),
}
UKRAINIAN_LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'"
UKRAINIAN = {
    "national": table("a b v h g d e ie zh z y i i i k l m n o p r s t u f kh ts ch sh shch · iu ia ·", UKRAINIAN_LETTERS),
    "bgn": table("a b v h g d e ye zh z y i yi y k l m n o p r s t u f kh ts ch sh shch ’ yu ya ”", UKRAINIAN_LETTERS),
    "alalc": table("a b v h g d e i͡e z͡h z y i ï ĭ k l m n o p r s t u f kh t͡s ch sh shch ʹ i͡u i͡a ʺ", UKRAINIAN_LETTERS),
    "iso9": table("a b v g g̀ d e ê ž z i ì ï j k l m n o p r s t u f h c č š ŝ ʹ û â ’", UKRAINIAN_LETTERS),
}
BULGARIAN_LETTERS = "абвгдежзийклмнопрстуфхцчшщъьюя"
BULGARIAN = {
    "streamlined": table("a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y yu ya", BULGARIAN_LETTERS),
    "bgn": table("a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh sht ŭ ’ yu ya", BULGARIAN_LETTERS),
}
VOWELS = "аеёиоуыэюяєії"


def russian(word, scheme):
    """One lower-case word, by the rules of position where the scheme has them."""
    if scheme == "alalc-plain":
        return plain(russian(word, "alalc"))
    rules = RUSSIAN[scheme]
    if scheme == "english":
        if word == "александр":
            return "alexander"
        word = re.sub("(ий|ый)$", "ы", word)
        word = re.sub("(?<=[жчшщ])ё", "е", word)
        word = re.sub("(?<=.)кс", "x", word)
    elif scheme in ("french", "german"):
        word = re.sub("(ий|ый)$", "и", word).replace("кс", "x")
    if scheme in ("english", "french"):
        word = re.sub("ия$", "иа", word).replace("ье", "ие")
    out, before = [], ""
    for i, c in enumerate(word):
        after = word[i + 1 : i + 2]
        latin = rules.get(c, c)
        begins = before == "" or before in VOWELS or before in "йъь"
        if scheme == "bgn" and c in "её" and begins:
            latin = {"е": "ye", "ё": "yë"}[c]
        elif scheme == "german":
            if c == "е" and begins:
                latin = "je"
            elif c == "ё" and before and before in "жчшщ":
                latin = "o"
            elif c == "с" and before and before in VOWELS and after and after in VOWELS:
                latin = "ss"
            elif c == "ь" and after and after in "ои":
                latin = "j"
        elif scheme == "french":
            if c == "ё" and before and before in "жчшщ":
                latin = "o"
            elif c == "с" and before and before in VOWELS and after and after in VOWELS:
                latin = "ss"
            elif c == "г" and after and after in "еиы":
                latin = "gu"
            elif c == "н" and not after and before and before in "иы" and len(word) > 4:
                latin = "ne"
        out.append(latin)
        before = c
    return "".join(out)


def ukrainian(word, scheme):
    if scheme == "alalc-plain":
        return plain(ukrainian(word, "alalc"))
    text = word
    if scheme == "national":
        text = text.replace("зг", "zgh")
        first = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
        if text[0] in first:
            text = first[text[0]] + text[1:]
    return "".join(UKRAINIAN[scheme].get(c, c) for c in text)


def bulgarian(word, scheme):
    text = re.sub("ия$", "ia", word) if scheme == "streamlined" else word
    return "".join(BULGARIAN[scheme].get(c, c) for c in text)


ROMANISERS = {"ru": russian, "uk": ukrainian, "bg": bulgarian}


def plain(text):
    """Without signs and marks, as a catalogue prints it that has none."""
    text = unicodedata.normalize("NFD", text)
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub("[ʹʺ’”']", "", text)


def romanised(name, scheme, language):
    make = ROMANISERS[language]
    words = []
    for word in name.split():
        latin = make(word.lower(), scheme)
        words.append(latin[0].upper() + latin[1:])
    return unicodedata.normalize("NFC", " ".join(words))


def initial(name, scheme, language):
    """The letter or letters that a scheme gives for the name's first letter."""
    first = name[0].lower()
    whole = romanised(name, scheme, language)
    alone = romanised(first, scheme, language)
    return (alone if whole.startswith(alone) else whole[0]) + "."


# fold, language, given name, patronymic, surname
PEOPLE = """
0 ru Сергей Ильич Щербаков
0 ru Юрий Андреевич Жуковский
0 ru Евгений Петрович Чайкин
0 ru Алексей Юрьевич Хомяков
0 ru Андрей Сергеевич Юрьев
0 ru Николай Фёдорович Ершов
0 ru Татьяна Олеговна Цветаева
0 ru Дмитрий Ильич Шишкин
0 ru Василий Егорович Соловьёв
0 ru Юлия Игоревна Яшина
0 ru Пётр Юрьевич Киселёв
0 ru Михаил Яковлевич Зайцев
0 ru Александр Игоревич Щукин
0 ru Георгий Львович Ляхов
0 ru Ксения Юрьевна Чехонина
0 ru Анатолий Ильич Жильцов
0 uk Сергій Іванович Щербина
0 uk Євген Якович Гайдук
0 uk Юрій Андрійович Цимбалюк
0 uk Наталія Євгенівна Їжакевич
0 bg Христо Иванов Желязков
0 bg Юлия Петрова Щилянова
1 ru Сергей Юрьевич Чернышёв
1 ru Юлиан Ильич Хрулёв
1 ru Евгений Сергеевич Жданов
1 ru Алексей Фёдорович Юдин
1 ru Андрей Ильич Евсеев
1 ru Николай Юрьевич Цыганков
1 ru Татьяна Андреевна Шевцова
1 ru Дмитрий Львович Яковлев
1 ru Василий Игоревич Григорьев
1 ru Яна Олеговна Ельцова
1 ru Семён Юрьевич Захарьин
1 ru Михаил Ильич Мельников
1 ru Александр Егорович Хвощёв
1 ru Геннадий Львович Шаляпинский
1 ru Ксения Алексеевна Рыжова
1 ru Анатолий Юрьевич Грачёв
1 uk Андрій Сергійович Жайворонок
1 uk Олексій Юрійович Ткаченко
1 uk Микола Ілліч Яценко
1 uk Юлія Григорівна Хижняк
1 bg Георги Петров Чакъров
1 bg Живко Ангелов Хаджийски
"""
PAIRED = {
    "ru": [
        ("english", "bgn"), ("german", "english"), ("iso9", "english"), ("french", "english"), ("alalc", "bgn"),
        ("scholarly", "english"), ("alalc-plain", "german"), ("bgn", "iso9"), ("french", "alalc-plain"),
        ("german", "french"), ("bgn", "scholarly"), ("english", "alalc"),
    ],
    "uk": [("national", "bgn"), ("national", "alalc-plain"), ("iso9", "national"), ("alalc", "bgn"), ("bgn", "iso9")],
    "bg": [("streamlined", "bgn")],
}
SCRIPT = {
    "ru": ["english", "bgn", "german", "french", "iso9", "alalc-plain"],
    "uk": ["national", "bgn", "alalc-plain"],
    "bg": ["streamlined", "bgn"],
}

# fold, one person's given name and surname, another's: near surnames, and other first names with the same initial
STRANGERS = """
0 Сергей Щербаков / Сергей Щербатов
0 Семён Щербаков / Сергей Щербаков
0 Юрий Жуковский / Юрий Жуков
0 Юрий Жуковский / Юлий Жуковский
0 Михаил Зайцев / Михаил Зайченко
0 Михаил Зайцев / Максим Зайцев
0 Алексей Хомяков / Алексей Хомутов
0 Алексей Хомяков / Александр Хомяков
0 Андрей Юрьев / Андрей Юрченко
0 Андрей Юрьев / Антон Юрьев
0 Николай Ершов / Николай Ежов
0 Николай Ершов / Никита Ершов
0 Дмитрий Шишкин / Дмитрий Шишков
0 Дмитрий Шишкин / Денис Шишкин
0 Александр Щукин / Александр Шукшин
0 Александр Щукин / Алексей Щукин
0 Пётр Киселёв / Пётр Кисляков
0 Василий Соловьёв / Василий Соловецкий
0 Василий Соловьёв / Валерий Соловьёв
0 Татьяна Цветаева / Тамара Цветаева
0 Георгий Ляхов / Геннадий Ляхов
0 Анатолий Жильцов / Анатолий Жилин
0 Юлия Яшина / Юлия Яшкина
0 Ксения Чехонина / Ксения Чекалина
1 Сергей Чернышёв / Сергей Черняев
1 Сергей Чернышёв / Степан Чернышёв
1 Евгений Жданов / Евгений Жадов
1 Евгений Жданов / Егор Жданов
1 Алексей Юдин / Алексей Юшин
1 Алексей Юдин / Александр Юдин
1 Андрей Евсеев / Андрей Елисеев
1 Андрей Евсеев / Антон Евсеев
1 Николай Цыганков / Николай Чиганов
1 Николай Цыганков / Никита Цыганков
1 Татьяна Шевцова / Татьяна Шевченко
1 Татьяна Шевцова / Тамара Шевцова
1 Дмитрий Яковлев / Дмитрий Яковенко
1 Дмитрий Яковлев / Даниил Яковлев
1 Василий Григорьев / Василий Григорович
1 Василий Григорьев / Виталий Григорьев
1 Семён Захарьин / Семён Захаров
1 Михаил Мельников / Михаил Мельник
1 Михаил Мельников / Максим Мельников
1 Анатолий Грачёв / Анатолий Грачевский
1 Александр Хвощёв / Алексей Хвощёв
1 Геннадий Шаляпинский / Геннадий Шаляпин
1 Ксения Рыжова / Ксения Рыжкова
1 Юлиан Хрулёв / Юлиан Хрусталёв
"""


def people():
    for line in PEOPLE.split("\n"):
        if line:
            fold, language, given, patronymic, surname = line.split()
            yield int(fold), language, given, patronymic, surname


def cyrillic():
    turn = dict.fromkeys(PAIRED, 0)
    for fold, language, given, patronymic, surname in people():
        made = 0
        while made < {"ru": 2, "uk": 2, "bg": 1}[language]:
            one, two = PAIRED[language][turn[language] % len(PAIRED[language])]
            turn[language] += 1
            made += 1
            left = romanised(f"{given} {surname}", one, language)
            right = romanised(f"{given} {surname}", two, language)
            if made == 2 and turn[language] % 3 == 0:
                right = f"{initial(given, two, language)} {romanised(surname, two, language)}"
            if left != right:
                yield left, right, 1, "cyrillic", fold


def script():
    shapes = [
        lambda g, p, s, r: (f"{g} {s}", f"{r(g)} {r(s)}"),
        lambda g, p, s, r: (f"{s} {g} {p}", f"{r(g)} {r(s)}"),
        lambda g, p, s, r: (f"{g[0]}. {p[0]}. {s}", f"{r(g)} {r(s)}"),
        lambda g, p, s, r: (f"{s}, {g}", f"{r(s)}, {r(g)}"),
    ]
    for i, (fold, language, given, patronymic, surname) in enumerate(people()):
        if i % 4 == 3 and language == "ru":
            continue
        scheme = SCRIPT[language][i % len(SCRIPT[language])]
        shape = shapes[i % len(shapes)]
        yield *shape(given, patronymic, surname, lambda x: romanised(x, scheme, language)), 1, "script", fold


def strangers():
    schemes = PAIRED["ru"]
    rows = [line for line in STRANGERS.split("\n") if line]
    for i, line in enumerate(rows):
        fold, rest = line.split(" ", 1)
        one, two = rest.split(" / ")
        a, b = schemes[i % len(schemes)]
        yield romanised(one, a, "ru"), romanised(two, b, "ru"), 0, "other-cyrillic", int(fold)
        yield one, romanised(two, SCRIPT["ru"][i % 6], "ru"), 0, "other-script", int(fold)


# Chinese -------------------------------------------------------------------------------------------------------------

# Longest first. Wade-Giles marks the aspirate with an apostrophe; j, q and x are ch, ch' and hs before i and ü.
INITIALS = [
    ("zh", "ch"), ("ch", "ch'"), ("sh", "sh"), ("b", "p"), ("p", "p'"), ("m", "m"), ("f", "f"), ("d", "t"), ("t", "t'"),
    ("n", "n"), ("l", "l"), ("g", "k"), ("k", "k'"), ("h", "h"), ("j", "ch"), ("q", "ch'"), ("x", "hs"), ("r", "j"),
    ("z", "ts"), ("c", "ts'"), ("s", "s"),
]
WHOLE = {
    "zhi": "chih", "chi": "ch'ih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tz'u", "si": "ssu",
    "yi": "i", "ye": "yeh", "yan": "yen", "you": "yu", "yong": "yung", "yu": "yü", "yue": "yüeh", "yuan": "yüan",
    "yun": "yün", "er": "erh", "ge": "ko", "ke": "k'o", "he": "ho", "gui": "kuei", "kui": "k'uei", "guo": "kuo",
    "kuo": "k'uo", "huo": "huo", "shuo": "shuo",
}
FINALS = {"ie": "ieh", "ian": "ien", "üe": "üeh", "ong": "ung", "iong": "iung", "uo": "o"}


def wade_giles(syllable):
    if syllable in WHOLE:
        return WHOLE[syllable]
    for pinyin, wade in INITIALS:
        if syllable.startswith(pinyin):
            final = syllable[len(pinyin) :]
            if pinyin in "jqx" and final.startswith("u"):
                final = "ü" + final[1:]
            return wade + FINALS.get(final, final)
    return syllable  # a, ai, an, ang, ao, ou, wa, wei, wu, ya, yang, yao, yin, ying


# fold, surname, syllables of the given name
CHINESE = """
0 zhang wei min
0 zhao zi qian
0 zhou jian guo
0 zhu de xin
0 zheng xiao ping
0 chen guo qiang
0 jiang jing ren
0 cheng yu ze
0 qian xue zhi
0 cao rui
0 cai zhi yuan
0 zeng qing hua
0 xie ning
1 li da cheng
1 lin bo yuan
1 liu shao qiu
1 wang jing zhi
1 huang xing guo
1 xu zhi dong
1 deng xiu ju
1 song qi rui
1 guo ruo yun
1 gao gang jie
1 du yue ze
1 gu chun
1 dong bi qing
"""
# One syllable is another's: fold, surname, given; given of another person.
CHINESE_STRANGERS = """
0 zhang | wei min | wei ming
0 zhang | wei min | hui min
0 zhao | zi qian | zi jian
0 zhou | jian guo | jian hua
0 zhu | de xin | de xing
0 zheng | xiao ping | xiao peng
0 chen | guo qiang | guo liang
0 jiang | jing ren | jing yan
0 cheng | yu ze | yi ze
0 zeng | qing hua | qing long
0 cai | zhi yuan | zi yuan
0 xie | ning | ming
1 li | da cheng | da sheng
1 lin | bo yuan | bo yan
1 liu | shao qiu | shao hua
1 wang | qing zhi | jing zhi
1 huang | xing guo | xin guo
1 xu | zhi dong | shi dong
1 deng | xiu ju | xiu zhu
1 song | qi rui | ji rui
1 guo | ruo yun | ruo yan
1 gao | gang jie | gang qie
1 du | yue ze | yun ze
1 gu | chun | zhun
"""


def pinyin(surname, given, order="east"):
    name = given[0]
    for syllable in given[1:]:  # an apostrophe before a vowel
        name += ("'" if syllable[0] in "aeo" else "") + syllable
    return f"{surname.capitalize()} {name.capitalize()}" if order == "east" else f"{name.capitalize()} {surname.capitalize()}"


def wade(surname, given, signs=True):
    name = "-".join(wade_giles(s) for s in given)
    text = f"{wade_giles(surname).capitalize()} {name.capitalize()}"
    return text if signs else plain(text)


def chinese():
    for i, line in enumerate(filter(None, CHINESE.split("\n"))):
        fold, surname, *given = line.split()
        east = pinyin(surname, given)
        yield east, wade(surname, given, signs=i % 2 == 0), 1, "chinese", int(fold)
        if len(given) == 1:
            yield east, pinyin(surname, given, "west"), 1, "chinese", int(fold)
            continue
        hyphened = "-".join(given).capitalize()
        spaced = " ".join(s.capitalize() for s in given)
        capital = surname.capitalize()
        yield [
            (east, f"{capital} {hyphened}"),
            (pinyin(surname, given, "west"), east),
            (wade(surname, given, signs=False), f"{hyphened} {capital}"),
            (east, f"{capital} {spaced}"),
            (f"{capital.upper()} {hyphened}", east),
        ][i % 5] + (1, "chinese", int(fold))
    for i, line in enumerate(filter(None, CHINESE_STRANGERS.split("\n"))):
        head, one, two = line.split(" | ")
        fold, surname = head.split()
        one, two = one.split(), two.split()
        yield [
            (pinyin(surname, one), pinyin(surname, two)),
            (pinyin(surname, one), wade(surname, two)),
            (pinyin(surname, two, "west"), pinyin(surname, one)),
            (wade(surname, one), pinyin(surname, two)),
        ][i % 4] + (0, "other-chinese", int(fold))


# Korean --------------------------------------------------------------------------------------------------------------

# Surname: Revised Romanization, McCune-Reischauer, popular forms
KOREAN_SURNAMES = {
    "김": ("Gim", "Kim", "Kim"), "박": ("Bak", "Pak", "Park"), "최": ("Choe", "Ch'oe", "Choi"),
    "정": ("Jeong", "Chŏng", "Chung"), "조": ("Jo", "Cho", "Cho"), "신": ("Sin", "Sin", "Shin"),
    "권": ("Gwon", "Kwŏn", "Kwon"), "백": ("Baek", "Paek", "Paik"), "배": ("Bae", "Pae", "Bae"),
    "장": ("Jang", "Chang", "Chang"), "이": ("I", "Yi", "Lee Rhee Ri"), "임": ("Im", "Im", "Lim"),
    "유": ("Yu", "Yu", "Yoo"), "강": ("Gang", "Kang", "Kang"), "한": ("Han", "Han", "Han"), "오": ("O", "O", "Oh"),
    "문": ("Mun", "Mun", "Moon"), "황": ("Hwang", "Hwang", "Hwang"), "윤": ("Yun", "Yun", "Yoon"),
    "노": ("No", "No", "Roh Noh"),
}
# Syllable of a given name: Revised Romanization; McCune-Reischauer at the beginning, after a voiced sound; popular
SYLLABLES = {
    "민": ("min", "min", "min", "min"), "수": ("su", "su", "su", "soo"), "준": ("jun", "chun", "jun", "joon"),
    "호": ("ho", "ho", "ho", "ho"), "영": ("yeong", "yŏng", "yŏng", "young"), "정": ("jeong", "chŏng", "jŏng", "jung"),
    "희": ("hui", "hŭi", "hŭi", "hee"), "은": ("eun", "ŭn", "ŭn", "eun"), "성": ("seong", "sŏng", "sŏng", "sung"),
    "철": ("cheol", "ch'ŏl", "ch'ŏl", "chul"), "경": ("gyeong", "kyŏng", "gyŏng", "kyung"),
    "현": ("hyeon", "hyŏn", "hyŏn", "hyun"), "우": ("u", "u", "u", "woo"), "훈": ("hun", "hun", "hun", "hoon"),
    "기": ("gi", "ki", "gi", "ki"), "동": ("dong", "tong", "dong", "dong"), "일": ("il", "il", "il", "il"),
    "환": ("hwan", "hwan", "hwan", "hwan"), "상": ("sang", "sang", "sang", "sang"), "재": ("jae", "chae", "jae", "jae"),
    "연": ("yeon", "yŏn", "yŏn", "yeon"), "미": ("mi", "mi", "mi", "mi"), "근": ("geun", "kŭn", "gŭn", "keun"),
    "태": ("tae", "t'ae", "t'ae", "tae"), "선": ("seon", "sŏn", "sŏn", "sun"), "주": ("ju", "chu", "ju", "joo"),
}
KOREAN = """
0 김 정호
0 박 근태
0 최 영준
0 정 경희
0 조 성우
0 신 동철
0 권 재현
0 백 선기
0 배 준영
0 장 은주
1 이 성훈
1 임 철수
1 유 정연
1 강 재동
1 한 영희
1 오 상훈
1 문 희준
1 황 경근
1 윤 재선
1 노 태경
1 이 주환
"""
KOREAN_STRANGERS = """
0 김 정일 정은
0 김 정호 정수
0 박 근희 경희
0 최 영준 영주
0 정 경희 경미
0 조 성우 승우
0 신 동철 동일
0 권 재현 재훈
0 백 선기 선희
0 배 준영 준연
0 장 은주 은수
1 이 성훈 성호
1 이 주환 주현
1 임 철수 철호
1 유 정연 정현
1 강 재동 재준
1 한 영희 연희
1 오 상훈 상현
1 문 희준 희주
1 황 경근 경은
1 윤 재선 재성
1 노 태경 태영
"""
SYLLABLES["승"] = ("seung", "sŭng", "sŭng", "seung")


def revised(surname, given, join=""):
    return f"{KOREAN_SURNAMES[surname][0]} {join.join(SYLLABLES[s][0] for s in given).capitalize()}"


def mccune(surname, given, signs=True, join="-"):
    # every first syllable in the list ends in a vowel, m, n, ng or l, so that what follows is voiced
    name = join.join(SYLLABLES[s][1 if i == 0 else 2] for i, s in enumerate(given)).capitalize()
    text = f"{KOREAN_SURNAMES[surname][1]} {name}"
    return text if signs else plain(text)


def popular(surname, given, west=False, which=0, join="-"):
    forms = KOREAN_SURNAMES[surname][2].split()
    name = join.join(SYLLABLES[s][3] for s in given).capitalize()
    parts = [forms[which % len(forms)], name]
    return " ".join(reversed(parts) if west else parts)


def korean():
    for i, line in enumerate(filter(None, KOREAN.split("\n"))):
        fold, surname, given = line.split()
        kind = (1, "korean", int(fold))
        yield (mccune(surname, given, signs=i % 2 == 0), popular(surname, given, which=i)) + kind
        yield [
            (revised(surname, given), popular(surname, given, which=1)),
            (popular(surname, given), popular(surname, given, west=True)),
            (revised(surname, given, join="-"), mccune(surname, given)),
            (popular(surname, given), popular(surname, given, join=" ").title()),
            (popular(surname, given, west=True, which=1), mccune(surname, given, signs=False)),
        ][i % 5] + kind
    for i, line in enumerate(filter(None, KOREAN_STRANGERS.split("\n"))):
        fold, surname, one, two = line.split()
        yield [
            (popular(surname, one), popular(surname, two)),
            (popular(surname, one), mccune(surname, two)),
            (popular(surname, one, west=True), popular(surname, two)),
            (mccune(surname, one), mccune(surname, two)),
        ][i % 4] + (0, "other-korean", int(fold))


# All -----------------------------------------------------------------------------------------------------------------

# What may stand in both folds of the names written by hand: given names, ranks, particles, generation marks.
SHARED = set(
    """
    abd abdul abdullah abu adm ahmad ahmed al-din aleksandr aleksandra andrei anna bin chen clara col dr edward
    elizabeth gen george hans harvey hassan helen henry husayn igor ii ivan jack james jane jorge jose jr jurgen
    karin lord mahmud margaret michael mikhail minister mr mrs ms muhammad nasir nils oleg paul pavel peter
    petrovich prof richard sayyid sean sr thomas tim van viktor william yuko yuri zhen
    """.split()
)


def surnames():
    """(word, fold) of every surname that is not written by hand, in every form that is made of it."""
    for fold, language, _, _, surname in people():
        yield surname, fold
        for scheme in {"ru": [*RUSSIAN, "alalc-plain"], "uk": UKRAINIAN, "bg": BULGARIAN}[language]:
            yield romanised(surname, scheme, language), fold
    for line in filter(None, STRANGERS.split("\n")):
        for name in line[2:].split(" / "):
            yield name.split()[1], int(line[0])
            for scheme in [*RUSSIAN, "alalc-plain"]:
                yield romanised(name.split()[1], scheme, "ru"), int(line[0])
    for line in filter(None, CHINESE.split("\n")):
        fold, surname, *_ = line.split()
        yield surname, int(fold)
        yield wade_giles(surname), int(fold)
    for line in filter(None, KOREAN.split("\n")):
        fold, surname, _ = line.split()
        for form in KOREAN_SURNAMES[surname]:
            for word in form.split():
                yield word, int(fold)


def by_hand():
    kind = same = fold = None
    for number, line in enumerate((HERE / "by_hand.txt").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("== "):
            kind, same, fold = line[3:].split()
        elif line and not line.startswith("#"):
            names = line.split(" | ")
            if len(names) != 2:
                sys.exit(f"by_hand.txt:{number}: two names divided by ' | ' expected")
            yield names[0], names[1], int(same), kind, int(fold)


def tokens(name):
    """The words of a name in small letters, without marks; hyphened given names stay whole."""
    return re.findall(r"[\w-]+", plain(name).lower())


def turned(pair):
    """Half of the pairs the other way round, so that neither column is the fuller or the older form."""
    one, two, *rest = pair
    if hashlib.sha256(f"{one}|{two}".encode()).digest()[0] % 2:
        one, two = two, one
    return one, two, *rest


def pairs():
    hand = list(by_hand())
    made = [*hand, *cyrillic(), *script(), *strangers(), *chinese(), *korean()]
    problems, seen, words = [], set(), {0: set(), 1: set()}
    for one, two, same, _, fold in made:
        if one == two:
            problems.append(f"a name with itself: {one}")
        key = frozenset((one, two))
        if key in seen:
            problems.append(f"twice: {one} | {two}")
        seen.add(key)
    for one, two, _, _, fold in hand:
        words[fold] |= {t for t in tokens(one) + tokens(two) if len(t) > 1}
    for word, fold in surnames():
        words[fold] |= set(tokens(word))
    for word in sorted((words[0] & words[1]) - SHARED):
        problems.append(f"in both folds: {word}")
    made.sort(key=lambda p: (-p[2], p[3], p[4]))
    return [turned(p) for p in made], problems


def written(rows):
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["name1", "name2", "same", "kind", "fold"])
    out.writerows(rows)
    return text.getvalue()


def counts(rows):
    kinds = sorted({(-same, kind) for _, _, same, kind, _ in rows})
    print("| kind | same | pairs | fold 0 | fold 1 |\n| --- | ---: | ---: | ---: | ---: |")
    for same, kind in kinds:
        n = [sum(r[3] == kind and r[4] == fold for r in rows) for fold in (0, 1)]
        print(f"| {kind} | {-same} | {sum(n)} | {n[0]} | {n[1]} |")
    for same in (1, 0):
        n = [sum(r[2] == same and r[4] == fold for r in rows) for fold in (0, 1)]
        print(f"| all | {same} | {sum(n)} | {n[0]} | {n[1]} |")


def main():
    rows, problems = pairs()
    if problems:
        sys.exit("\n".join(problems))
    path = HERE / "pairs.csv"
    if "--counts" in sys.argv:
        counts(rows)
    elif "--check" in sys.argv:
        if path.read_text(encoding="utf-8") != written(rows):
            sys.exit("pairs.csv is not what generate.py writes")
    else:
        path.write_text(written(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
