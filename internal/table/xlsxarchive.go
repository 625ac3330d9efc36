package table

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	maxEntries   = 2000
	maxRatio     = 100     // of unpacked to packed bytes
	ratioFree    = 4 << 20 // unpacked bytes to which maxRatio does not apply
	maxToken     = 1 << 20 // bytes of one XML tag or text; a cell has at most 32,767 characters
	maxSmallPart = 16 << 20
)

// archive is the zip file that a workbook is (ECMA-376 part 2). Its parts together are within the limits: archive/zip
// fails where a part unpacks to more than the directory says.
type archive struct {
	parts map[string]*zip.File // by name in lower case, as names of parts ignore it
}

func openArchive(r io.ReaderAt, size int64, limits Limits) (*archive, error) {
	file := io.NewSectionReader(r, 0, size) // no offset that the archive makes up leads out of it
	if err := countEntries(file); err != nil {
		return nil, err
	}
	in, err := zip.NewReader(file, size)
	if err != nil {
		return nil, damaged("the archive", err)
	}
	a := &archive{parts: make(map[string]*zip.File, len(in.File))}
	var unpacked uint64
	for _, f := range in.File {
		name := strings.ToLower(strings.TrimPrefix(f.Name, "/"))
		if a.parts[name] != nil {
			return nil, &FileError{Code: FileDamaged, Problem: "the workbook holds two parts of one name; open it in Excel and save it again"}
		}
		if isArchiveName(name) {
			return nil, &FileError{Code: FileArchive, Problem: "the file holds another archive or workbook; take embedded files out and save it again"}
		}
		a.parts[name] = f
		unpacked += min(f.UncompressedSize64, 1<<40)
	}
	if unpacked > uint64(limits.Unpacked) || unpacked > max(ratioFree, maxRatio*uint64(size)) {
		return nil, &FileError{Code: FileTooLarge, Problem: fmt.Sprintf(
			"the workbook unpacks to %d bytes; %d are allowed, and %d times its size; save the list alone as CSV UTF-8", unpacked, limits.Unpacked, maxRatio)}
	}
	return a, nil
}

// countEntries keeps archive/zip from making a list of more entries than are allowed. What it counts may, once in some
// million files, stand in compressed data too.
func countEntries(r io.Reader) error {
	signature := []byte("PK\x01\x02")
	buf, kept, count := make([]byte, headBytes), 0, 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		read := buf[:kept+n]
		count += bytes.Count(read, signature)
		switch {
		case count > maxEntries:
			return &FileError{Code: FileTooLarge, Problem: fmt.Sprintf("the workbook holds more than %d parts; save the list alone as CSV UTF-8", maxEntries)}
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("read XLSX: %w", err)
		}
		kept = copy(buf, read[len(read)-len(signature)+1:])
	}
}

func isArchiveName(name string) bool {
	switch path.Ext(name) {
	case ".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".xlsx", ".xlsm", ".docx", ".pptx", ".ods":
		return true
	}
	return false
}

// part is one file of a workbook, read as XML.
type part struct {
	name   string
	file   io.Reader
	tokens *xml.Decoder
	left   int // bytes that the token being read may still have
}

func (a *archive) open(name string) (*part, error) {
	f := a.parts[strings.ToLower(name)]
	if f == nil {
		return nil, &FileError{Code: FileDamaged, Problem: "the workbook has no part " + name + "; open it in Excel and save it again"}
	}
	file, err := f.Open()
	if err != nil {
		return nil, damaged(name, err)
	}
	p := &part{name: name, file: file}
	p.tokens = xml.NewDecoder(p)
	p.tokens.CharsetReader = func(string, io.Reader) (io.Reader, error) {
		return nil, &FileError{Code: FileEncoding, Problem: name + " of the workbook is not UTF-8; open it in Excel and save it again"}
	}
	return p, nil
}

// Read implements io.Reader. It keeps a tag or text without end from filling the memory.
func (p *part) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, &FileError{Code: FileTooLarge, Problem: fmt.Sprintf("%s holds a text of more than %d bytes", p.name, maxToken)}
	}
	n, err := p.file.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// token returns the next XML token, valid until the next call, or io.EOF. Namespaces and nesting are not looked at,
// which takes memory that a hostile file could have grow.
func (p *part) token() (xml.Token, error) {
	p.left = maxToken
	token, err := p.tokens.RawToken()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, damaged(p.name, err)
	}
	return token, err
}

// attributes of an XML element.
type attributes []xml.Attr

func (a attributes) get(name string) string {
	for _, attr := range a {
		if attr.Name.Local == name {
			return attr.Value
		}
	}
	return ""
}

func (a attributes) is(name string) bool {
	value := a.get(name)
	return value == "1" || value == "true"
}

// elements calls visit for every element of a part.
func (a *archive) elements(name string, visit func(name string, has attributes)) error {
	p, err := a.open(name)
	if err != nil {
		return err
	}
	if a.parts[strings.ToLower(name)].UncompressedSize64 > maxSmallPart {
		return &FileError{Code: FileTooLarge, Problem: fmt.Sprintf("%s has more than %d bytes; save the list alone as CSV UTF-8", name, maxSmallPart)}
	}
	for {
		token, err := p.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			visit(start.Name.Local, start.Attr)
		}
	}
}

// damaged says of an error that the workbook is at fault, if it is.
func damaged(name string, err error) error {
	var syntax *xml.SyntaxError
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, new(*FileError)):
		return err
	case errors.As(err, &syntax), errors.As(err, &corrupt), errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm),
		errors.Is(err, zip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &FileError{Code: FileDamaged, Problem: "the workbook is damaged or cut off (" + name + "); send it again, or open it in Excel and save it"}
	}
	return fmt.Errorf("read XLSX %s: %w", name, err)
}
