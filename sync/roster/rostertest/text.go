package rostertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/unicode/norm"
)

// as encodes UTF-8 text otherwise; what the encoding lacks becomes a question mark or its like.
func as(e encoding.Encoding) func([]byte) []byte {
	return func(b []byte) []byte {
		out, err := encoding.ReplaceUnsupported(e.NewEncoder()).Bytes(b)
		must(err)
		return out
	}
}

// misread is what becomes of UTF-8 that is read as a code page and saved as UTF-8.
func misread(c *charmap.Charmap) func([]byte) []byte {
	return func(b []byte) []byte {
		out, err := c.NewDecoder().Bytes(b)
		must(err)
		return out
	}
}

func onlyASCII(b []byte, with string) []byte {
	var out strings.Builder
	for _, r := range string(b) {
		if r < utf8.RuneSelf {
			out.WriteRune(r)
		} else {
			out.WriteString(with)
		}
	}
	return []byte(out.String())
}

func encodings() []Corruption {
	utf16 := func(e unicode.Endianness, bom unicode.BOMPolicy) func([]byte) []byte {
		return as(unicode.UTF16(e, bom))
	}
	bom := []byte("\ufeff")
	return []Corruption{
		bytesKind("Windows-1252", as(charmap.Windows1252)),
		bytesKind("ISO 8859-15", as(charmap.ISO8859_15)),
		bytesKind("code page 850", as(charmap.CodePage850)),
		bytesKind("Mac Roman", as(charmap.Macintosh)),
		bytesKind("EBCDIC", as(charmap.CodePage1047)),
		bytesKind("UTF-16LE with mark", utf16(unicode.LittleEndian, unicode.UseBOM)),
		bytesKind("UTF-16BE with mark", utf16(unicode.BigEndian, unicode.UseBOM)),
		bytesKind("UTF-16LE without mark", utf16(unicode.LittleEndian, unicode.IgnoreBOM)),
		bytesKind("UTF-16BE without mark", utf16(unicode.BigEndian, unicode.IgnoreBOM)),
		bytesKind("UTF-16LE, a byte lost in the middle", func(b []byte) []byte {
			out := utf16(unicode.LittleEndian, unicode.UseBOM)(b)
			return slices.Delete(out, len(out)/2, len(out)/2+1)
		}),
		bytesKind("UTF-16LE, the last byte lost", func(b []byte) []byte {
			out := utf16(unicode.LittleEndian, unicode.UseBOM)(b)
			return out[:len(out)-1]
		}),
		bytesKind("UTF-16LE, cut inside a row", func(b []byte) []byte { return utf16(unicode.LittleEndian, unicode.UseBOM)(b[:inLine(b, 50)]) }),
		bytesKind("UTF-16BE under the mark of UTF-16LE", func(b []byte) []byte {
			return append([]byte("\xff\xfe"), utf16(unicode.BigEndian, unicode.IgnoreBOM)(b)...)
		}),
		bytesKind("UTF-32", as(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM))),
		bytesKind("UTF-8 with mark", func(b []byte) []byte { return slices.Concat(bom, b) }),
		bytesKind("mark twice", func(b []byte) []byte { return slices.Concat(bom, bom, b) }),
		bytesKind("mark in the middle", func(b []byte) []byte { i := lineAt(b, 50); return slices.Concat(b[:i], bom, b[i:]) }),
		bytesKind("UTF-8 read as Windows-1252", misread(charmap.Windows1252)),
		bytesKind("UTF-8 read as ISO 8859-1", misread(charmap.ISO8859_1)),
		bytesKind("UTF-8 read as Windows-1252 from the middle on", func(b []byte) []byte {
			i := lineAt(b, 50)
			return slices.Concat(b[:i], misread(charmap.Windows1252)(b[i:]))
		}),
		bytesKind("Windows-1252 from the middle on", func(b []byte) []byte { i := lineAt(b, 50); return slices.Concat(b[:i], as(charmap.Windows1252)(b[i:])) }),
		bytesKind("one byte of Windows-1252", func(b []byte) []byte { i := inLine(b, 50); return slices.Concat(b[:i], []byte("\xfc"), b[i:]) }),
		bytesKind("characters beyond ASCII lost for U+FFFD", func(b []byte) []byte { return onlyASCII(b, "\ufffd") }),
		unseen(bytesKind("characters beyond ASCII lost for ?", func(b []byte) []byte { return onlyASCII(b, "?") })),
		unseen(bytesKind("characters beyond ASCII left out", func(b []byte) []byte { return onlyASCII(b, "") })),
		unseen(bytesKind("accents apart from their letters", norm.NFD.Bytes)),
		bytesKind("NUL in a cell", func(b []byte) []byte { i := inLine(b, 50); return slices.Concat(b[:i], []byte{0}, b[i:]) }),
		bytesKind("NULs at the end", func(b []byte) []byte { return append(slices.Clone(b), make([]byte, 4096)...) }),
		bytesKind("a block of NULs in the middle", func(b []byte) []byte {
			out := slices.Clone(b)
			clear(out[len(out)/2 : len(out)/2+512])
			return out
		}),
		bytesKind("all bits of a block flipped", func(b []byte) []byte {
			out := slices.Clone(b)
			for i := range 256 {
				out[len(out)/2+i] ^= 0xff
			}
			return out
		}),
	}
}

func quotes(random *rand.Rand) []Corruption {
	insert := func(b []byte, at int, s string) []byte { return slices.Concat(b[:at], []byte(s), b[at:]) }
	var out []Corruption
	for _, share := range []int{2, 30, 60, 95} {
		out = append(
			out,
			bytesKind(fmt.Sprintf("quote struck at the head of a row at %d%%", share), func(b []byte) []byte { return insert(b, lineAt(b, share), `"`) }),
			bytesKind(fmt.Sprintf("quote struck inside a cell at %d%%", share), func(b []byte) []byte { return insert(b, lineAt(b, share)+3, `"`) }),
			bytesKind(fmt.Sprintf("quote struck at the end of a row at %d%%", share), func(b []byte) []byte { return insert(b, lineAt(b, share)-1, `"`) }),
			bytesKind(fmt.Sprintf("quote struck behind a separator at %d%%", share), func(b []byte) []byte { return insert(b, lineAt(b, share)+7, `"`) }),
		)
	}
	at := random.Float64()
	return append(
		out,
		bytesKind("quote struck anywhere", func(b []byte) []byte { return insert(b, int(at*float64(len(b))), `"`) }),
		bytesKind("a hundred quotes struck", func(b []byte) []byte {
			for range 100 {
				b = insert(b, random.IntN(len(b)), `"`)
			}
			return b
		}),
		bytesKind("quote struck in the header", func(b []byte) []byte { return insert(b, 20, `"`) }),
		bytesKind("quote struck at the head of the file", func(b []byte) []byte { return insert(b, 0, `"`) }),
		bytesKind("quote struck at the head of every row", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\n\"")) }),
		bytesKind("closing quote lost", func(b []byte) []byte {
			i := bytes.Index(b, []byte(`Development"`)) + len("Development")
			return slices.Concat(b[:i], b[i+1:])
		}),
		bytesKind("opening quote lost", func(b []byte) []byte {
			i := bytes.Index(b, []byte(`"Research`))
			return slices.Concat(b[:i], b[i+1:])
		}),
		bytesKind("all quotes lost", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"`), nil) }),
		bytesKind("quotes turned into apostrophes", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"`), []byte("'")) }),
		bytesKind("quotes turned into curly ones", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"`), []byte("”")) }),
		bytesKind("quotes escaped by a backslash", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`""`), []byte(`\"`)) }),
		bytesKind("quotes doubled again", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"`), []byte(`""`)) }),
		rowsKind("every row within quotes", withRows(func(_ int, row []string) []string { return []string{strings.Join(row, ",")} })),
	)
}

func separators() []Corruption {
	joined := func(name, by string, line func(i int) bool) Corruption {
		return Corruption{Name: name, Damage: func(good []byte) []byte {
			var out strings.Builder
			for i, row := range parse(good) {
				cells := slices.Clone(row)
				for c := range cells {
					cells[c] = strings.ReplaceAll(cells[c], "\n", " ")
				}
				with := ","
				if line(i) {
					with = by
				}
				for c, cell := range cells {
					if strings.ContainsAny(cell, `,;|"`+"\t:^ ") {
						cells[c] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
					}
				}
				out.WriteString(strings.Join(cells, with) + "\n")
			}
			return []byte(out.String())
		}}
	}
	always := func(int) bool { return true }
	return []Corruption{
		joined("semicolons", ";", always),
		joined("tabs", "\t", always),
		joined("bars", "|", always),
		joined("colons", ":", always),
		joined("carets", "^", always),
		joined("spaces", " ", always),
		joined("two characters between cells", "||", always),
		joined("ASCII unit separators", "\x1f", always),
		joined("semicolons in the header alone", ";", func(i int) bool { return i == 0 }),
		joined("semicolons below the header", ";", func(i int) bool { return i > 0 }),
		joined("semicolons from the middle on", ";", func(i int) bool { return i > 150 }),
		joined("semicolons in one row", ";", func(i int) bool { return i == 77 }),
		bytesKind("sep= of another separator", func(b []byte) []byte { return append([]byte("sep=;\n"), b...) }),
		bytesKind("sep= in the middle", func(b []byte) []byte {
			i := lineAt(b, 20)
			return slices.Concat(b[:i], []byte("sep=,\n"), b[i:])
		}),
		bytesKind("separators lost", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(","), nil) }),
		bytesKind("separators lost in one row of twenty", func(b []byte) []byte {
			lines := bytes.SplitAfter(b, []byte("\n"))
			for i := 20; i < len(lines); i += 20 {
				lines[i] = bytes.ReplaceAll(lines[i], []byte(","), nil)
			}
			return bytes.Join(lines, nil)
		}),
		bytesKind("a separator at the end of every row", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(",\n"), []byte(",,\n")) }),
	}
}

func lineEnds() []Corruption {
	replaced := func(name, with string) Corruption {
		return bytesKind(name, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte(with)) })
	}
	return []Corruption{
		replaced("CR LF", "\r\n"),
		replaced("CR", "\r"),
		replaced("LF CR", "\n\r"),
		replaced("CR CR LF", "\r\r\n"),
		replaced("blank lines between", "\n\n"),
		replaced("line ends lost", ""),
		replaced("line ends turned into spaces", " "),
		replaced("line ends turned into backslash n", `\n`),
		replaced("line ends of Unicode", "\u2028"),
		replaced("form feeds", "\f\n"),
		replaced("spaces at the end of lines", "  \n"),
		bytesKind("line ends mixed", func(b []byte) []byte {
			ends, i := []string{"\n", "\r\n", "\r"}, 0
			var out []byte
			for line := range bytes.Lines(b) {
				out = append(append(out, bytes.TrimSuffix(line, []byte("\n"))...), ends[i%3]...)
				i++
			}
			return out
		}),
		bytesKind("two rows joined", func(b []byte) []byte { i := lineAt(b, 50); return slices.Concat(b[:i-1], b[i:]) }),
		bytesKind("one row broken in two", func(b []byte) []byte { i := inLine(b, 50); return slices.Concat(b[:i], []byte("\n"), b[i:]) }),
		bytesKind("lines wrapped at 72 characters", func(b []byte) []byte {
			var out []byte
			for line := range bytes.Lines(b) {
				for len(line) > 72 {
					out = append(append(out, line[:72]...), '\n')
					line = line[72:]
				}
				out = append(out, line...)
			}
			return out
		}),
		bytesKind("end of file character of DOS", func(b []byte) []byte { return append(slices.Clone(b), 0x1a) }),
	}
}
