package store

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"usher/internal/usher"
)

// An archive is a gzip'd tar that ordinary tools open, the same for both engines:
//
//	header.json              what is in it
//	person/1.jsonl ...       the rows of each table, in parts; a row is a JSON list
//	manifest.json            the header again, with rows and SHA-256 of each table
//
// It is written and read in one go, in little memory; what ends too early has no manifest.
const (
	archiveFormat   = 1
	archiveHead     = "header.json"
	archiveManifest = "manifest.json"
	// archivePart is the size at which the part of a table ends.
	archivePart = 1 << 20
	// archiveStart are the first bytes, which gzip's checksum leaves out.
	archiveStart = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
)

type header struct {
	Format    int            `json:"format"`
	Schema    int64          `json:"schema"`
	Engine    string         `json:"engine"`
	CreatedAt string         `json:"createdAt"` // RFC 3339
	Tables    []archiveTable `json:"tables"`    // a row refers to rows of earlier tables only
}

type archiveTable struct {
	Name    string          `json:"name"`
	Columns []archiveColumn `json:"columns"` // by name
}

type archiveColumn struct {
	Name string `json:"name"`
	Type string `json:"type"` // integer (booleans too), text or blob (in base64)
}

type manifest struct {
	Header header                  `json:"header"`
	Sums   map[string]*archivedSum `json:"tables"`
}

// archivedSum tells whether a table came back whole.
type archivedSum struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of all its parts, in hexadecimal
}

type archiveWriter struct {
	gzip *gzip.Writer
	tar  *tar.Writer
}

func newArchiveWriter(w io.Writer) *archiveWriter {
	zip := gzip.NewWriter(w)
	return &archiveWriter{zip, tar.NewWriter(zip)}
}

func (w *archiveWriter) file(name string, content []byte) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := w.tar.Write(content)
	return err
}

func (w *archiveWriter) json(name string, v any) error {
	content, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return w.file(name, append(content, '\n'))
}

func (w *archiveWriter) close() error { return errors.Join(w.tar.Close(), w.gzip.Close()) }

// archiveReader reads what archiveWriter wrote and trusts nothing of it. Its errors are
// usher.ErrInvalid.
type archiveReader struct {
	gzip   *gzip.Reader
	tar    *tar.Reader
	header header
}

func openArchive(r io.Reader) (*archiveReader, error) {
	buffered := bufio.NewReader(r)
	start, err := buffered.Peek(len(archiveStart))
	if err != nil || string(start) != archiveStart {
		return nil, damaged("it does not begin like a backup of usher")
	}
	zip, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, damaged(err)
	}
	a := &archiveReader{gzip: zip, tar: tar.NewReader(zip)}
	name, content, err := a.next()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &a.header); name != archiveHead || err != nil || a.header.Format < 1 {
		return nil, damaged("it has no header")
	}
	if a.header.Format != archiveFormat {
		return nil, fmt.Errorf("%w: the backup has format %d, and this usher reads only %d: restore it with the usher that made it", usher.ErrInvalid, a.header.Format, archiveFormat)
	}
	return a, nil
}

// next is the next file in the archive.
func (a *archiveReader) next() (name string, content []byte, err error) {
	file, err := a.tar.Next()
	if err != nil {
		return "", nil, damaged(err)
	}
	var all bytes.Buffer
	if _, err := io.Copy(&all, a.tar); err != nil {
		return "", nil, damaged(err)
	}
	return file.Name, all.Bytes(), nil
}

// finish compares what was read with what the manifest says was written, and sees to it
// that the archive ends there.
func (a *archiveReader) finish(content []byte, read map[string]*archivedSum) error {
	var m manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return damaged(err)
	}
	if !reflect.DeepEqual(m.Header, a.header) {
		return damaged("its manifest belongs to another backup")
	}
	for _, t := range a.header.Tables {
		if want, got := m.Sums[t.Name], read[t.Name]; want == nil || got == nil || *want != *got {
			return damaged("table " + t.Name + " is not as it was written")
		}
	}
	if _, err := a.tar.Next(); err != io.EOF {
		return damaged("something follows its manifest")
	}
	// Only the end of the stream tells whether its checksum is right.
	if _, err := io.Copy(io.Discard, a.gzip); err != nil {
		return damaged(err)
	}
	return nil
}

func damaged(what any) error {
	if err, ok := what.(error); ok && errors.Is(err, io.EOF) {
		what = "it ends too early"
	}
	return fmt.Errorf("%w: the backup is damaged or cut off: %v; nothing was restored, take another copy", usher.ErrInvalid, what)
}

// tableOf is the table whose part a file is.
func tableOf(name string) string {
	table, _, _ := strings.Cut(name, "/")
	return table
}
