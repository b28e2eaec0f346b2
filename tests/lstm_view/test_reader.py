import re
from dataclasses import fields
from string import Formatter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from lstm_view.incoming.reader import (
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_IN_LINE,
    MOST_LINES,
    MOST_SHOWN,
    Columns,
    Reading,
    Refused,
    clean,
    first_lines,
    read_table,
    scale,
    shown,
)
from lstm_view.words import LANGUAGES, words

COLUMNS_65 = ",".join(f"c{k}" for k in range(65)) + "\n" + ",".join(["1"] * 65)

READ = {  # what -> data, names, numbers, notes
    "comma": ("a,b\n1,2\n3,4", "a b", [[1, 2], [3, 4]], {}),
    "semicolon": ("a;b\n1;2", "a b", [[1, 2]], {}),
    "tab": ("a\tb\n1\t2", "a b", [[1, 2]], {}),
    "white space": ("  a   b\n 1 \t 2\n-3  4 ", "a b", [[1, 2], [-3, 4]], {}),
    "no header": ("1,2\n3,4", "x1 x2", [[1, 2], [3, 4]], {}),
    "a word over numbers is a header": ("year,2019,2020\n1,5,6", "year 2019 2020", [[1, 5, 6]], {}),
    "no header, a date": ("2024-01-05,0.5\n2024-01-06,0.7", "x2", [[0.5], [0.7]], {"dates": {"names": "x1"}}),
    "no header, a date and NA": ("2024-01-05,NA\n2024-01-06,0.7", "x2", [[0.7], [0.7]], {
        "dates": {"names": "x1"}, "filled": {"count": 1, "line": 1, "name": "x2"}}),
    "no header, a word and NA": ("Seoul,NA\nBusan,0.7", "x2", [[0.7], [0.7]], {
        "words": {"names": "x1", "line": 1, "cell": "Seoul"}, "filled": {"count": 1, "line": 1, "name": "x2"}}),
    "sodium": ("Na,K\n1,2", "Na K", [[1, 2]], {}),
    "one number": ("0.5", "x1", [[0.5]], {}),
    "one column": ("0.5\n-1\n2e-3", "x1", [[0.5], [-1], [0.002]], {}),
    "one column with a name": ("my value\n0.5\n1", ["my value"], [[0.5], [1]], {}),
    "one line": ("0.5, -1, 2", "x1", [[0.5], [-1], [2]], {"one_line": {"count": 3}}),
    "one line, white space": ("0.5 -1 NA", "x1", [[0.5], [-1], [-1]],
                              {"one_line": {"count": 3}, "filled": {"count": 1, "line": 1, "name": "x1"}}),
    "one line, longer than a table may be wide": (",".join(["7"] * 200), "x1", [[7]] * 200,
                                                  {"one_line": {"count": 200}}),
    "one row under a header": ("a,b,c\n1,2,3", "a b c", [[1, 2, 3]], {}),
    "constant": ("a,b\n5,1\n5,2", "a b", [[5, 1], [5, 2]], {}),
    "64 columns": (",".join(["1"] * 64) + "\n" + ",".join(["2"] * 64), [f"x{k + 1}" for k in range(64)],
                   [[1] * 64, [2] * 64], {}),
    "quotes": ('"a, b","c ""d"""\n"1","2"', ["a, b", 'c "d"'], [[1, 2]], {}),
    "quotes after spaces": ('"a", "b"\n"1", "2"', "a b", [[1, 2]], {}),
    "signs and points": ("+1,.5\n-2.,1E3\n−3,-.5e-1", "x1 x2", [[1, 0.5], [-2, 1000], [-3, -0.05]], {}),
    "decimal comma, semicolon": ("a;b\n1,5;2\n-,5;1,0e2", "a b", [[1.5, 2], [-0.5, 100]],
                                 {"decimal_comma": {"cell": "1,5", "value": "1.5"}}),
    "decimal comma, tab": ("1,5\t2\n1,25\t4", "x1 x2", [[1.5, 2], [1.25, 4]],
                           {"decimal_comma": {"cell": "1,5", "value": "1.5"}}),
    "decimal comma, one column": ("wert\n1,5\n2,5", "wert", [[1.5], [2.5]],
                                  {"decimal_comma": {"cell": "1,5", "value": "1.5"}}),
    "decimal comma, quoted": ('"0,5","2"\n"1,5","3"', "x1 x2", [[0.5, 2], [1.5, 3]],
                              {"decimal_comma": {"cell": "0,5", "value": "0.5"}}),
    "decimal comma, three decimals": ("1,234;2,345\n3,456;4,567", "x1 x2", [[1.234, 2.345], [3.456, 4.567]],
                                      {"decimal_comma": {"cell": "1,234", "value": "1.234"}}),
    "decimal comma, and a point that could be either": (
        "a;b\n1.234;0,5", "a b", [[1234, 0.5]], {"decimal_comma": {"cell": "0,5", "value": "0.5"},
                                                 "thousands": {"cell": "1.234", "value": "1234"}}),
    "thousands, quoted": ('"71,000",1.5\n"1,234,567.5",2', "x1 x2", [[71000, 1.5], [1234567.5, 2]],
                          {"grouped": {"cell": "71,000", "value": "71000"}}),
    "thousands, from a spreadsheet": ("71,000\t5\n72,000\t6", "x1 x2", [[71000, 5], [72000, 6]],
                                      {"grouped": {"cell": "71,000", "value": "71000"}}),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2", "a b", [[1, 2]], {}),
    "byte order mark in text": ("\ufeffa,b\n1,2", "a b", [[1, 2]], {}),
    "UTF-8": ("기온,é\n1,2".encode(), "기온 é", [[1, 2]], {}),
    "UTF-16": ("기온,é\n1,2".encode("utf-16"), "기온 é", [[1, 2]], {"encoding": {"encoding": "UTF-16"}}),
    "UTF-16 BE": ("\ufeff기온,é\n1,2".encode("utf-16-be"), "기온 é", [[1, 2]], {"encoding": {"encoding": "UTF-16"}}),
    "UTF-16 LE, no mark": ("기온,é\n1,2".encode("utf-16-le"), "기온 é", [[1, 2]], {"encoding": {"encoding": "UTF-16"}}),
    "UTF-16 BE, no mark": ("a;b\r\n1;2".encode("utf-16-be"), "a b", [[1, 2]], {"encoding": {"encoding": "UTF-16"}}),
    "CP949": ("기온(℃),습도\n1,2".encode("cp949"), "기온(℃) 습도", [[1, 2]],
              {"encoding": {"encoding": "CP949 (EUC-KR)"}}),
    "CP949, beyond EUC-KR": ("펲시,날씨\n1,2".encode("cp949"), "펲시 날씨", [[1, 2]],
                             {"encoding": {"encoding": "CP949 (EUC-KR)"}}),
    "Latin-1": ("Temp_°C,Größe\n1,2".encode("latin-1"), "Temp_°C Größe", [[1, 2]],
                {"encoding": {"encoding": "Windows-1252 (Latin-1)"}}),
    "Windows-1252": ("€,ção\n1,2".encode("cp1252"), "€ ção", [[1, 2]],
                     {"encoding": {"encoding": "Windows-1252 (Latin-1)"}}),
    "CRLF": (b"a,b\r\n1,2\r\n", "a b", [[1, 2]], {}),
    "CR": (b"a,b\r1,2\r3,4", "a b", [[1, 2], [3, 4]], {}),
    "the end of a file in DOS": (b"1\r\n2\r\n\x1a", "x1", [[1], [2]], {}),
    "blanks": ("a,b,c\n,1,NA\n2,NaN,null\n-,#N/A,3\n4,n/a,None", "a b c",
               [[2, 1, 3], [2, 1, 3], [2, 1, 3], [4, 1, 3]], {"filled": {"count": 8, "line": 2, "name": "a"}}),
    "blank lines": ("a\n\n1\n \n2\n\n\n", "a", [[1], [2]], {"skipped": {"count": 2, "line": 2}}),
    "lines of separators": (",\n" * 60 + "1,2\n3,4\n,", "x1 x2", [[1, 2], [3, 4]],
                            {"skipped": {"count": 60, "line": 1}}),
    "pandas, numbers for labels": (",0,1\n0,.11,.12\n1,.21,.22", "0 1", [[.11, .12], [.21, .22]], {
        "index": {"names": "x1"}, "labels": {"names": "0, 1"}}),
    "pandas, years for labels": (",2019,2021\n0,.1,.2\n1,.3,.4", "2019 2021", [[.1, .2], [.3, .4]], {
        "index": {"names": "x1"}, "labels": {"names": "2019, 2021"}}),
    "pandas": (",a,b\n0,1,2\n1,3,4", "a b", [[1, 2], [3, 4]], {"index": {"names": "x1"}}),
    "pandas, dates for an index": (",0,1\n2020-01-01,.11,.12\n2020-01-02,.2,.3", "0 1", [[.11, .12], [.2, .3]], {
        "dates": {"names": "x1"}, "labels": {"names": "0, 1"}}),
    "pandas, saved twice": ("Unnamed: 0,a\n0,5\n1,7", "a", [[5], [7]], {"index": {"names": "Unnamed: 0"}}),
    "pandas, printed": ("     a    b\n0  0.1  0.2\n1  0.3  0.4\n\n[2 rows x 2 columns]", "a b", [[.1, .2], [.3, .4]], {
        "index": {"names": "x1"}}),
    "a series of pandas, printed": ("0    0.1\n1    0.2\nName: x, dtype: float64", "x1", [[.1], [.2]], {}),
    "pandas, rows left out": (",a,b\n0,1,2\n3,5,6\n2,7,8", "a b", [[1, 2], [5, 6], [7, 8]], {"index": {"names": "x1"}}),
    "pandas, saved three times": (",Unnamed: 0.1,Unnamed: 0,a\n0,0,0,5\n1,1,1,7", "a", [[5], [7]], {
        "index": {"names": "x1, Unnamed: 0.1, Unnamed: 0"}}),
    "pandas, saved twice, tabs": ("\tUnnamed: 0\ta\n0\t0\t5\n1\t1\t7", "a", [[5], [7]], {
        "index": {"names": "x1, Unnamed: 0"}}),
    "pandas, names of two levels": (",A,A\n,x,y\n0,.1,.2\n1,.3,.4", ["A x", "A y"], [[.1, .2], [.3, .4]], {
        "several_names": {"count": 2, "line": 1}, "index": {"names": "x1"}}),
    "units below names": ("t,v\ns,mV\n0,1\n2,NA", ["t s", "v mV"], [[0, 1], [2, 1]], {
        "several_names": {"count": 2, "line": 1}, "filled": {"count": 1, "line": 4, "name": "v mV"}}),
    "Markdown": ("| a | b |\n|:--|--:|\n| 1 | 2 |\n| 3 | 4 |", "a b", [[1, 2], [3, 4]], {}),
    "Markdown of pandas": ("|    |   a |   b |\n|---:|----:|----:|\n|  0 | 0.1 | 0.2 |\n|  1 | 0.3 |     |", "a b",
                           [[.1, .2], [.3, .2]], {"index": {"names": "x1"},
                                                  "filled": {"count": 1, "line": 4, "name": "b"}}),
    "a frame of a database": ("+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+", "a b", [[1, 2]], {}),
    "bars": ("a|b\n--|--\n1|2\n3|4", "a b", [[1, 2], [3, 4]], {}),
    "no index, nothing above": (",5\n1,6\n2,7", "x1 x2", [[1, 5], [1, 6], [2, 7]], {
        "filled": {"count": 1, "line": 1, "name": "x1"}}),
    "a separator at the end of the names": ("a,b,\n1,2\n3,4", "a b", [[1, 2], [3, 4]], {}),
    "a separator at the end of the numbers": ("a;b\n1;2;\n3;4;", "a b", [[1, 2], [3, 4]], {}),
    "a separator at the end of a line": ("0.1, 0.2, 0.3,", "x1", [[.1], [.2], [.3]], {"one_line": {"count": 3}}),
    "names part columns, not numbers": ("a,b\n0,5\n1,25", "a b", [[0, 5], [1, 25]], {}),
    "a negative decimal comma": ("-1,5;2\n3;4", "x1 x2", [[-1.5, 2], [3, 4]], {
        "decimal_comma": {"cell": "-1,5", "value": "−1.5"}}),
    "nobody counts 05": ("1,05\n2,10", "x1", [[1.05], [2.1]], {"decimal_comma": {"cell": "1,05", "value": "1.05"}}),
    "nobody counts 000": ("1 000\n2 000", "x1", [[1000], [2000]], {"thousands": {"cell": "1 000", "value": "1000"}}),
    "decimal commas, and commas with a space": ("0,5, 0,25\n1,5, 1,25", "x1 x2", [[.5, .25], [1.5, 1.25]],
                                                {"decimal_comma": {"cell": "0,5", "value": "0.5"}}),
    "thousands with points": ("a;b\n1.234,56;2\n2.000,00;3", "a b", [[1234.56, 2], [2000, 3]], {
        "decimal_comma": {"cell": "1.234,56", "value": "1234.56"},
        "thousands": {"cell": "1.234,56", "value": "1234.56"}}),
    "thousands with points alone": ("a;b\n1.234.567;2", "a b", [[1234567, 2]], {
        "thousands": {"cell": "1.234.567", "value": "1234567"}}),
    "thousands with spaces": ("a;b\n1 234,5;2", "a b", [[1234.5, 2]], {
        "decimal_comma": {"cell": "1 234,5", "value": "1234.5"}, "thousands": {"cell": "1 234,5", "value": "1234.5"}}),
    "thousands with apostrophes": ("a,b\n1'234.5,2\n1’000’000,3", "a b", [[1234.5, 2], [1e6, 3]], {
        "thousands": {"cell": "1'234.5", "value": "1234.5"}}),
    "marks of missing values": ("a\n1\n?\nN/A\n.\n결측\n#DIV/0!\n-\n<NA>\n#N/A\n--\n없음\n\\N\n2", "a",
                                [[1]] * 12 + [[2]], {"filled": {"count": 11, "line": 3, "name": "a"}}),
    "more marks of missing values": ("a\n1\nND\n측정불가\n－\n[null]\n#SPILL!\n2", "a", [[1]] * 6 + [[2]], {
        "filled": {"count": 5, "line": 3, "name": "a"}}),
    "remarks": ("# made by\n# me\na,b\n1,2", "a b", [[1, 2]], {"before": {"count": 2, "line": 1}}),
    "names in a remark, as NumPy saves them": ("# a b\n0.1 0.2\n0.3 0.4", "a b", [[.1, .2], [.3, .4]], {}),
    "a title": ("Station 5 x\nsomewhere\n\nday,t\n2020-01-01,1\n2020-01-02,2", "t", [[1], [2]], {
        "before": {"count": 2, "line": 1}, "dates": {"names": "day"}}),
    "months in letters": ("d,v\n5 Jan 2024,1\nFeb-24,2", "v", [[1], [2]], {"dates": {"names": "d"}}),
    "units in brackets": ("time [s],v (mV)\n0,1\n1,3", ["time [s]", "v (mV)"], [[0, 1], [1, 3]], {}),
    "names in brackets": ("[s],[mV]\n0.5,1\n1,3", "[s] [mV]", [[.5, 1], [1, 3]], {}),
    "a separator at each end": ("a,b,\n1,2,\n3,4,\n", "a b", [[1, 2], [3, 4]], {}),
    "a column of NA": ("1,NA,\n2,-,", "x1", [[1], [2]], {"nothing": {"names": "x2"}}),
    "dates": ("when,at,v\n2024-01-05,10:30,1\n2024년 1월 6일,11:00,2", "v", [[1], [2]],
              {"dates": {"names": "when, at"}}),
    "words": ("city,v,w\nSeoul,1,2\nBusan,3,x", "v", [[1], [3]],
              {"words": {"names": "city, w", "line": 2, "cell": "Seoul"}}),
    "an empty column": ("a,b\n1,\n2,NA", "a", [[1], [2]], {"nothing": {"names": "b"}}),
    "an infinite number among words": ("a,b\n1,inf\n2,x", "a", [[1], [2]],
                                       {"words": {"names": "b", "line": 3, "cell": "x"}}),
    "names": ("a,a,,a,x3\n1,2,3,4,5", ["a", "a (2)", "x3", "a (3)", "x3 (2)"], [[1, 2, 3, 4, 5]], {}),
    "long names": (f"{'n' * 41},{'n' * 50}\n1,2", ["n" * 39 + "…", "n" * 36 + " (2)"], [[1, 2]], {}),
    "overrides": ("a\u202eb\u2066,`c`\u0085\n1,2", ["ab", "c"], [[1, 2]], {}),
    "emoji": ("👩🏽‍💻,🇰🇷\n1,2", ["👩🏽‍💻", "🇰🇷"], [[1, 2]], {}),
    "right to left": ("درجة,v\n1,2", ["درجة", "v"], [[1, 2]], {}),
    "markup": ("<b>a</b>,**b**,$c$\n1,2,3", ["<b>a</b>", "**b**", "$c$"], [[1, 2, 3]], {}),
    "half a pair": ("\ud800a,b\n1,2", "a b", [[1, 2]], {}),
    "numbers of other kinds are words": ("a,b,c,d\n1,1_000,0x1,٣", "a", [[1]],
                                         {"words": {"names": "b, c, d", "line": 2, "cell": "1_000"}}),
    "too small": ("1e-999\n-1e-400", "x1", [[0], [0]], {}),
    "too long for a double": ("0." + "3" * 3000, "x1", [[1 / 3]], {}),
    "20,000 lines": ("1\n" * 20_000, "x1", [[1]] * 20_000, {}),
    "1 MB": (("0." + "1" * 97 + "\n") * 10_000, "x1", [[1 / 9]] * 10_000, {}),
    "a line of 4 kB": ("0." + "1" * 3998, "x1", [[1 / 9]], {}),
}

REFUSED = {  # what -> data, key, values
    "1 MB and a byte": (b"1\n" * 500_000 + b"1", "too_large", {"most": 1_000_000}),
    "1 MB and a byte of text": ("é" * 500_000 + "1", "too_large", {"most": 1_000_000}),
    "20,001 lines": ("1\n" * 20_001, "too_many_lines", {"count": 20_001, "most": 20_000}),
    "200,000 equal names": (",".join(["a"] * 200_000), "long_line", {"line": 1, "most": 4_000}),
    "a line of 4 kB and a byte": ("1\n2\n" + "3" * 4_001, "long_line", {"line": 3, "most": 4_000}),
    "a line of 4 kB and a byte, in UTF-8": (("1\r\n" + "가" * 1_334).encode(), "long_line", {"line": 2, "most": 4_000}),
    "65 columns": (COLUMNS_65, "too_many_columns", {"line": 1, "count": 65, "most": 64}),
    "65 columns, more lines": (COLUMNS_65 + "\n" + ",".join(["1"] * 65), "too_many_columns",
                               {"line": 1, "count": 65, "most": 64}),
    "65 columns, some words": (",".join(["a"] + ["1"] * 64), "too_many_columns", {"line": 1, "count": 65, "most": 64}),
    "ragged": ("a,b\n1,2\n\n3,4,5\n6", "ragged", {"line": 4, "cells": 3, "first": 1, "wanted": 2}),
    "ragged, one cell": ("1,2\n3\n4,5", "ragged", {"line": 2, "cells": 1, "first": 1, "wanted": 2}),
    "ragged after a cell of two lines": ('"a\nb",c\n1,2\nx', "ragged",
                                         {"line": 4, "cells": 1, "first": 1, "wanted": 2}),
    "an open quote": ('a,b\n1,2\n"3,4\n5,6', "quote", {"line": 3}),
    "an open quote for ever": ('a\n"' + "b\n" * 19_999, "quote", {"line": 2}),
    "after a quote": ('a,b\n1,"2"3', "quote", {"line": 2}),
    "no byte": (b"", "empty", {}),
    "no character": ("", "empty", {}),
    "blank lines": (b"\n  \n\t\r\n", "empty", {}),
    "separators": (",,\n,,\n", "empty", {}),
    "a mark and nothing": (b"\xff\xfe", "empty", {}),
    "only a header": ("date,price\n\n", "no_rows", {"line": 1, "cell": "date price"}),
    "a sentence": ("It was `cold`.", "no_rows", {"line": 1, "cell": "It was cold."}),
    "only words": ("a,b\nx,y\n1,z", "no_numbers", {"line": 2, "name": "a", "cell": "x"}),
    "only dates": ("when\n2024-01-05", "no_numbers", {"line": 2, "name": "when", "cell": "2024-01-05"}),
    "only NA": ("NA\nNA", "no_numbers", {"line": 1, "name": "x1", "cell": "NA"}),
    "only dates, no header": ("2024-01-05\n2024-01-06", "no_numbers", {"line": 1, "name": "x1", "cell": "2024-01-05"}),
    "only NA under names": ("a,b\nNA,NA", "no_numbers", {"line": 2, "name": "a", "cell": "NA"}),
    "a word for missing that is not known": ("day,v\n2020-01-01,unknown\n2020-01-02,0.5\n2020-01-03,broken",
                                             "no_numbers", {"line": 2, "name": "v", "cell": "unknown"}),
    "the column with most numbers": ("day,u,v\n2020-01-01,a,1\n2020-01-02,2,2\n2020-01-03,b,3!", "no_numbers",
                                     {"line": 4, "name": "v", "cell": "3!"}),
    "a separator we do not know": ("a~b\n1~2", "no_numbers", {"line": 2, "name": "a~b", "cell": "1~2"}),
    "more names than numbers": ("a,b,c\n1,2\n3,4", "ragged", {"line": 2, "cells": 2, "first": 1, "wanted": 3}),
    "dollars": ("price\n$1,234.50\n$2,000.00", "printed_word", {"line": 2, "cell": "$1,234.50"}),
    "percent, commas": ("1,5 %\n2,5 %", "printed_word", {"line": 1, "cell": "1,5 %"}),
    "1e999": ("a,b\n1,2\n3,-1e999", "infinite", {"line": 3, "name": "b", "cell": "-1e999"}),
    "inf": ("1\nInf", "infinite", {"line": 2, "name": "x1", "cell": "Inf"}),
    "a long number": ("1\n" + "9" * 400, "infinite", {"line": 2, "name": "x1", "cell": "9" * 39 + "…"}),
    "an xlsx renamed": (b"PK\x03\x04\x14\x00\x06\x00", "xlsx", {}),
    "an old xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls", {}),
    "a PDF": (b"%PDF-1.7\n", "pdf", {}),
    "a PNG": (b"\x89PNG\r\n\x1a\n\x00", "picture", {}),
    "a JPEG": (b"\xff\xd8\xff\xe0\x00", "picture", {}),
    "a gzip": (b"\x1f\x8b\x08\x00", "archive", {}),
    "a NUL": (b"a,b\r\n1,2\r\n3,\x004\r\n", "binary", {"line": 3}),
    "a NUL in text": ("a,b\n1,\x002", "binary", {"line": 2}),
    "only NUL": (b"\x00" * 9, "binary", {"line": 1}),
    "a bell": (b"1\n2\x07", "binary", {"line": 2}),
    "half of UTF-16": ("1\n2".encode("utf-16") + b"\x00", "binary", {"line": 1}),
}


def cases(table):
    return pytest.mark.parametrize("what", table)


def held(key, values):
    """A sentence in each language whose places are these values, each of them safe to quote."""
    for lang in LANGUAGES:
        sentence = words(lang).entries[f"reader.{key}"]
        assert {name for _, name, _, _ in Formatter().parse(sentence) if name} == values.keys()
        assert len(words(lang)(f"reader.{key}", **values)) > 10
    for value in values.values():
        assert isinstance(value, str | int)  # and no NumPy
        assert not isinstance(value, str) or re.fullmatch("[^`\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", value)
        assert not isinstance(value, str) or len(value) <= MOST_SHOWN


def refusal(data):
    with pytest.raises(Refused) as caught:
        read_table(data)
    return caught.value


@cases(READ)
def test_what_is_read(what):
    data, names, numbers, notes = READ[what]
    columns = read_table(data)
    assert list(columns.names) == (names.split() if isinstance(names, str) else names)
    assert columns.numbers.dtype == np.float64
    np.testing.assert_array_equal(columns.numbers, numbers)
    assert dict(columns.notes) == notes and len(columns.notes) == len(notes)


@cases(REFUSED)
def test_what_is_refused_says_where(what):
    data, key, values = REFUSED[what]
    refused = refusal(data)
    assert (refused.key, refused.values) == (key, values)


def test_every_sentence_is_held_by_a_case():
    told = [(key, values) for _, key, values in REFUSED.values()]
    told += [note for *_, notes in READ.values() for note in notes.items()]
    for key, values in told:
        held(key, values)
    of_tokens = {"text_long", "tokens_many"}  # see test_tokens.py
    elsewhere = ("own_", "saved_", "printed_", "either_")  # see test_own_cell.py, test_saved.py, test_printed.py; below
    here = {key for key in words("en").under("reader") if not key.startswith(elsewhere)}
    assert {key for key, _ in told if not key.startswith(elsewhere)} | of_tokens == here


OTHERWISE = {  # what could be meant otherwise -> numbers, key, values, numbers then
    "0,5\n1,25\n0,75": ([[0, 5], [1, 25], [0, 75]], "either_comma",
                             {"cell": "0,5", "parts": "0, 5", "value": "0.5"}, [[.5], [1.25], [.75]]),
    "12,345,678": ([[12], [345], [678]], "either_comma",
                   {"cell": "12,345,678", "parts": "12, 345, 678", "value": "12345678"}, [[12345678]]),
    "1,234.5\n2,345.6": ([[1, 234.5], [2, 345.6]], "either_comma",
                         {"cell": "1,234.5", "parts": "1, 234.5", "value": "1234.5"}, [[1234.5], [2345.6]]),
    "1.234,5": ([[1.234], [5]], "either_comma",
                {"cell": "1.234,5", "parts": "1.234, 5", "value": "1234.5"}, [[1234.5]]),
    "1'234,5": ([[1234], [5]], "either_comma", {"cell": "1'234,5", "parts": "1'234, 5", "value": "1234.5"}, [[1234.5]]),
    "1,5e3": ([[1], [5000]], "either_comma", {"cell": "1,5e3", "parts": "1, 5e3", "value": "1500"}, [[1500]]),
    "1,000": ([[1000]], "either_sign", {"cell": "1,000", "value": "1000", "other": "1"}, [[1]]),
    "71,000\t5\n72,500\t6": ([[71000, 5], [72500, 6]], "either_sign",
                              {"cell": "71,000", "value": "71000", "other": "71"}, [[71, 5], [72.5, 6]]),
    "1,234;2\n3,456;4": ([[1.234, 2], [3.456, 4]], "either_sign", {"cell": "1,234", "value": "1.234", "other": "1234"},
                         [[1234, 2], [3456, 4]]),
    "t,v\n1,0.5\n2,-999\n3,-999\n4,0.7": (
        [[1, .5], [2, -999], [3, -999], [4, .7]], "either_missing", {"cell": "-999", "count": 2},
        [[1, .5], [2, .5], [3, .5], [4, .7]]),
    "0,1\n.5,.6\n.7,.8": ([[0, 1], [.5, .6], [.7, .8]], "either_names", {"names": "0, 1"}, [[.5, .6], [.7, .8]]),
}


@cases(OTHERWISE)
def test_what_could_be_meant_otherwise_is_told_and_read_so_when_asked(what):
    numbers, key, values, then = OTHERWISE[what]
    found = read_table(what)
    assert found.numbers.tolist() == numbers and found.other[0] == (key, values)
    held(key, values)
    again = read_table(what, found.other[1])
    assert again.numbers.tolist() == then and again.reading == found.other[1] and again.other is None


def test_what_has_one_meaning_offers_no_other():
    for what in ("a,b\n0,5\n1,25", "a,b,\n1,2\n3,4", "0, 5\n1, 25", "1,5;2", "1,234,567\t5", "-0,5,1\n2,3,4", "0.5\n1",
                 "v\n-999\n-998\n-700", "v\n-9\n1"):
        assert read_table(what).other is None


SWITCHED = {  # a switch -> data, numbers
    Reading(header=True): ("1,2\n3,4", [[3, 4]]), Reading(header=False): ("1995,x\n3,4", [[1995], [3]]),
    Reading(separator=";"): ("a\n1,5\n2,5", [[1.5], [2.5]]),
    Reading(separator="space"): ("1,5 2\n2,5 3", [[1.5, 2], [2.5, 3]]),
    Reading(decimal=","): ("0,5\n1,25", [[.5], [1.25]]),
    Reading(decimal="."): ("1,234;2\n3,456;4", [[1234, 2], [3456, 4]]),
    Reading(decimal=",", separator=";"): ("1.234;5\n2.000;6", [[1234, 5], [2000, 6]]),
    Reading(skip=2): ("1,2\n3,4,5\n6\n7", [[6], [7]]),
    Reading(missing=("-999", "x")): ("a\n1\n-999\nX\n2", [[1], [1], [1], [2]]),
}


@cases(SWITCHED)
def test_a_switch_says_how_it_is_read(what):
    data, numbers = SWITCHED[what]
    found = read_table(data, what)
    assert found.numbers.tolist() == numbers
    asked = {f.name: getattr(what, f.name) for f in fields(what) if getattr(what, f.name) != f.default}
    assert {name: getattr(found.reading, name) for name in asked} == asked
    assert None not in [getattr(found.reading, f.name) for f in fields(what)]


def test_the_head_is_what_stands_there():
    found = read_table("# by me\na;b\n1,5;?\n" + "2;3\n" * 50)
    assert found.head[:3] == (("a", "b"), ("1,5", "?"), ("2", "3")) and len(found.head) == 7
    assert found.reading == Reading(True, ";", ",", 1)
    assert first_lines(b"a,b\n1,2") == ["a,b", "1,2"] and first_lines(b"%PDF") == []


def test_the_bounds():
    assert (MOST_BYTES, MOST_LINES, MOST_COLUMNS, MOST_IN_LINE) == (10**6, 20_000, 64, 4_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bytes_give_what_their_text_gives(encoding, end):
    text = end.join(["기온;날짜;습도", "1,5;2024-01-05;", "-2,25;2024-01-06;60", ""])
    ours, its = read_table(text.encode(encoding)), read_table(text)
    assert ours.names == its.names == ("기온", "습도")
    np.testing.assert_array_equal(ours.numbers, its.numbers)
    assert [note for note in ours.notes if note[0] != "encoding"] == list(its.notes)


anything = some.binary(max_size=300) | some.text(max_size=200)
likely = some.text(some.sampled_from("0123456789.,;-+eE \t\"\n\rna\x00`가é\ud800\u202e"), max_size=200)
pieces = some.lists(some.sampled_from(
    ["1", "2.5", "-3", "1,5", "1,234", "1e999", "inf", "NA", "", "x", "2024-01-05", '"', '"a"', ",", ";", "\t", " ",
     "\n", "\r\n", "\x00"]), max_size=60).map("".join)
encoded = some.builds(lambda text, encoding: text.encode(encoding, "ignore"), likely | pieces,
                      some.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp949", "latin-1"]))


@settings(deadline=None, max_examples=300)
@given(anything | likely | pieces | encoded)
@example(b"\xff\xfe\x00")
@example("1\n\x0c\n2")
@example('"\n\n"')
def test_anything_is_read_or_refused(data):
    try:
        columns = read_table(data)
    except Refused as refused:
        held(refused.key, refused.values)
        return
    assert np.isfinite(columns.numbers).all() and columns.numbers.dtype == np.float64
    assert columns.numbers.shape[1] == len(columns.names) == len(set(columns.names)) >= 1
    assert len(columns.numbers) >= 1
    assert all(0 < len(name) <= MOST_SHOWN for name in columns.names)
    assert not re.search("[\x00-\x1f`\u202e\ud800]", "".join(columns.names))
    for key, values in columns.notes:
        held(key, values)


@settings(deadline=None, max_examples=60)
@given(some.lists(some.lists(some.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1,
                  max_size=5), some.sampled_from([",", ";", "\t", " ", ", "]))
def test_numbers_come_back_as_they_were_written(rows, delimiter):
    text = "\n".join(delimiter.join(map(repr, row)) for row in [["a"] * 3, *rows]).replace("'", "")
    np.testing.assert_array_equal(read_table(text).numbers, rows)


@settings(deadline=None, max_examples=60)
@given(some.lists(some.none() | some.integers(0, 9), min_size=1, max_size=8).filter(any))
def test_an_empty_cell_takes_the_last_above_or_the_first_below(column):
    expected, last = [], next(v for v in column if v is not None)
    for value in column:
        last = last if value is None else value
        expected.append([last])
    text = "a\n" + "\n".join("NA" if value is None else str(value) for value in column)
    assert read_table(text).numbers.tolist() == expected


def test_columns_are_a_value():
    with pytest.raises(AttributeError):
        Columns(("a",), np.ones((1, 1)), ()).names = ()


@pytest.mark.parametrize(("given_", "cleaned"), [
    ("  a \t b\n", "a b"), ("a\u202eb\x00\u200b\ufeffc", "abc"), ("n" * 10, "n" * 10), ("n" * 11, "n" * 9 + "…"),
    ("한글", "한글"), ("a\u0301" * 5, "á" * 5), ("", ""), ("\ud800", ""), ("12345678 90123", "12345678…"),
])
def test_clean(given_, cleaned):
    assert clean(given_, 10) == cleaned


def test_what_is_shown_is_never_empty_and_has_no_backtick():
    assert (shown("`a`"), shown("``"), shown("\u202e"), len(shown("x" * 99))) == ("a", "…", "…", 40)


# --- scaling


@pytest.mark.parametrize(("how", "expected", "offset", "divisor"), [
    ("none", [[1, 5], [2, 5], [6, 5]], [0, 0], [1, 1]),
    ("standard", [[-2 / 14**0.5 * 3**0.5, 0], [-1 / 14**0.5 * 3**0.5, 0], [3 / 14**0.5 * 3**0.5, 0]],
     [3, 5], [(14 / 3) ** 0.5, 1]),
    ("range", [[-1, 0], [-0.6, 0], [1, 0]], [3.5, 5], [2.5, 1]),
])
def test_scale(how, expected, offset, divisor):
    scaled, by = scale(np.array([[1.0, 5], [2, 5], [6, 5]]), how)
    np.testing.assert_allclose(scaled, expected, atol=1e-15)
    np.testing.assert_allclose(by.offset, offset)
    np.testing.assert_allclose(by.divisor, divisor)
    assert by.constant.tolist() == [False, True]


def test_scaling_under_another_name():
    with pytest.raises(ValueError, match="how: given max"):
        scale(np.ones((2, 2)), "max")


tables = some.lists(some.lists(some.floats(-1.7e308, 1.7e308), min_size=2, max_size=2), min_size=1, max_size=6)


@settings(deadline=None, max_examples=150)
@given(tables.map(np.array), some.sampled_from(["none", "standard", "range"]))
@example(np.array([[1.7e308, -1.7e308], [-1.7e308, 1.7e308]]), "range")
@example(np.array([[1.7e308, 1.7e308]] * 9 + [[-1.7e308, 1e308]]), "standard")
@example(np.array([[0, 5e-324], [5e-324, 0]]), "range")
@example(np.array([[0.1, 0.7]] * 7), "standard")
def test_scaling_is_finite_and_told(numbers, how):
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        scaled, by = scale(numbers, how)
    assert all(np.isfinite(values).all() for values in (scaled, by.offset, by.divisor))
    assert (by.divisor > 0).all() and by.constant[(numbers == numbers[0]).all(axis=0)].all()
    if how == "none":
        np.testing.assert_array_equal(scaled, numbers)
        return
    assert (scaled[:, by.constant] == 0).all()
    free = scaled[:, ~by.constant]
    if how == "range":
        assert (free.min(axis=0) == -1).all() and (free.max(axis=0) == 1).all()
    else:
        np.testing.assert_allclose(np.sqrt((free**2).mean(axis=0)), 1, rtol=1e-6)


@settings(deadline=None, max_examples=80)
@given(some.lists(some.integers(-1000, 1000), min_size=2, max_size=8), some.sampled_from(["standard", "range"]))
def test_what_was_applied_gives_what_was_scaled(column, how):
    numbers = np.array(column, float)[:, None] / 8
    scaled, by = scale(numbers, how)
    np.testing.assert_allclose(scaled, (numbers - by.offset) / by.divisor, atol=1e-12)
    np.testing.assert_allclose(scaled * by.divisor + by.offset, numbers, atol=1e-9)
