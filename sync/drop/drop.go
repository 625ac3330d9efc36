// Package drop fetches rosters from where they appear: a folder, an SFTP server, a web address or object storage.
//
// Its invariant: a file is handed over whole, once, and is never lost. Whole: it is taken only when its producer has
// finished it, and a copy that changed or broke off on the way is thrown away. Once: where files can be moved, a claim
// by rename lets exactly one of several processes have a file; where they cannot, what was handed over is remembered.
// Never lost: a claimed file leaves the drop only after whoever processes it said that it is done, a claim that nobody
// finished is taken up again, and the archive keeps what was handed over. Whatever goes wrong on the way is an error,
// which means that nothing is known; it is never an empty roster.
package drop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// What Fetch found where no file was handed over and none was lost. All come wrapped, with what and where.
var (
	// ErrNothing says that the source was read and holds no file that is new.
	ErrNothing = errors.New("no new file")
	// ErrUnchanged says that nothing changed: the source itself answers so (RFC 9110, 15.4.5), or it cannot tell and
	// its bytes are those that it handed over before.
	ErrUnchanged = errors.New("unchanged since it was last fetched")
	// ErrUnsettled says that a file lies there which is not complete yet: look again later.
	ErrUnsettled = errors.New("not complete yet")
	// ErrTaken says that another process is at work in this source.
	ErrTaken = errors.New("taken by another process")
)

// What somebody has to mend. All come wrapped, with what, where and how.
var (
	// ErrDigest says that a file is not the one that the digest beside it was made of.
	ErrDigest = errors.New("does not match its SHA-256")
	// ErrTooLarge says that a file is longer than the limit.
	ErrTooLarge = errors.New("too large")
	// ErrIrregular says that something is not a plain file of its own: a link, a folder, a pipe, a device.
	ErrIrregular = errors.New("not a plain file")
	// ErrStale says that a full roster is older than the last one that was handed over.
	ErrStale = errors.New("older than the last roster")
	// ErrHostKey says that a server shows another key than the pinned one.
	ErrHostKey = errors.New("host key is not the pinned one")
)

// File is a roster that was fetched.
type File struct {
	Name    string    // in the drop, without folder
	Origin  string    // the source it came from, without secrets
	Size    int64     // in bytes
	ModTime time.Time // as the source tells it; zero when it does not
	SHA256  string    // of all bytes, in lower-case hexadecimal
	// Path is the local copy in the archive, for random access.
	Path string
	// Unchanged says that the source cannot tell one version of the file from another, and that the bytes are those
	// that it last handed over: nobody knows whether the file was made anew.
	Unchanged bool
	// Supersedes are the older files that this one took the place of, newest first. They are in the archive too, but
	// for those of a source that keeps its files: there they are not read and have neither SHA256 nor Path.
	Supersedes []File
}

// Memory keeps short texts of one directory over restarts and between replicas.
type Memory interface {
	// Get returns the text last set for key, "" when there is none.
	Get(ctx context.Context, key string) (string, error)
	// Set replaces the text of key.
	Set(ctx context.Context, key, text string) error
}

// Source is a place where rosters appear. NewFolder, NewSFTP, NewHTTPS and NewS3 make one; it may be used at once by
// several fetches.
type Source interface {
	// String says where, without secrets.
	fmt.Stringer

	// enter begins a visit. It opens what has to be open for the visit's length and changes nothing.
	enter(ctx context.Context, visit visit) (place, error)
}

// visit is what a source may know of earlier ones.
type visit struct {
	looks *looks
	known []sighting // what was handed over and still lies there, where files are kept
	limit int64      // longest file, in bytes
}

// place is a source during one visit.
type place interface {
	// list returns the files that could be taken, those with a fault included.
	list(ctx context.Context) ([]entry, error)
	// read copies a file. It fails when the file is not the one that was listed, or was cut or changed meanwhile.
	read(ctx context.Context, e entry, to io.Writer) error
	// leave ends the visit.
	leave()
}

// sighting is what a source tells of a file before it is read. Equal ones are the same version of the same file.
type sighting struct {
	Name    string    `json:"name"`
	Size    int64     `json:"size"` // -1 when it is not known beforehand
	ModTime time.Time `json:"modified,omitzero"`
	Tag     string    `json:"tag,omitempty"` // the version, where the source numbers them (ETag)
	// SHA256 is that of a file that was handed over; nobody knows it before.
	SHA256 string `json:"sha256,omitempty"`
}

func (i sighting) same(other sighting) bool {
	return i.Name == other.Name && i.Size == other.Size && i.ModTime.Equal(other.ModTime) && i.Tag == other.Tag
}

// repeats says that both are of one name and one content.
func (i sighting) repeats(other sighting) bool {
	return i.Name == other.Name && i.SHA256 == other.SHA256
}

// versioned says that another content would show in it.
func (i sighting) versioned() bool { return i.Tag != "" || !i.ModTime.IsZero() }

// entry is a file that was listed.
type entry struct {
	sighting
	at     string // where the source finds it
	digest string // SHA-256 that its producer gave, or how it begins; "" when none
	fault  error  // why it cannot be taken now; nil when it can
}

// newer orders entries from the newest to the oldest, by time, then by name.
func newer(a, b entry) int {
	if c := b.ModTime.Compare(a.ModTime); c != 0 {
		return c
	}
	return strings.Compare(b.Name, a.Name)
}
