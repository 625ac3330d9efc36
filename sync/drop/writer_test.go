package drop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// producer writes one file after the other in steps, each of which the poller can come between.
type producer struct {
	w       *world
	t       *rapid.T
	settle  Settle
	reuse   bool   // every file has the same name
	number  int    // of the file being written
	content string // that it will have
	written int    // bytes of it
	named   bool   // whether it has its final name
	settled bool   // whether it has its marker or digest
	whole   map[string]bool
}

func (p *producer) name() string {
	if p.reuse {
		return "people.csv"
	}
	return fmt.Sprintf("people-%02d.csv", p.number)
}

// step does the next thing that its way of settling asks for.
func (p *producer) step() {
	switch {
	case p.content == "":
		p.number++
		p.content = fmt.Sprintf("file %d", p.number) + strings.Repeat("\nrow", rapid.IntRange(0, 5).Draw(p.t, "rows"))
		p.written, p.settled, p.named = 0, false, p.settle != SettleRename
		p.whole[p.content] = true
		p.append(rapid.IntRange(0, len(p.content)).Draw(p.t, "first bytes"))
	case p.settle == SettleDigest && !p.settled && rapid.Bool().Draw(p.t, "digest early"), p.settle == SettleDigest && !p.settled && p.written == len(p.content):
		p.w.put(p.name()+".sha256", sumOf(p.content)+"  "+p.name()+"\n")
		p.settled = true
	case p.written < len(p.content):
		p.append(rapid.IntRange(1, len(p.content)-p.written).Draw(p.t, "bytes"))
	case p.settle == SettleMarker && !p.settled:
		p.w.put(p.name()+".done", "")
		p.settled = true
	case !p.named:
		if err := os.Rename(p.file(), filepath.Join(p.w.folder, p.name())); err != nil {
			p.t.Fatal(err)
		}
		p.named = true
	default:
		p.content = ""
	}
}

func (p *producer) file() string {
	name := p.name()
	if !p.named {
		name += ".part"
	}
	return filepath.Join(p.w.folder, name)
}

// append writes through a handle of its own: after a claim it makes the name anew, as a program does that opens it for
// each piece. Its first write empties what lies there.
func (p *producer) append(n int) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if p.written == 0 {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(p.file(), flags, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close()
	_, err = file.WriteString(p.content[p.written : p.written+n])
	if err := errors.Join(err, os.Chtimes(p.file(), p.w.now, p.w.now)); err != nil {
		p.t.Fatal(err)
	}
	p.written += n
}

// No interleaving of a slow producer and the poller hands over a piece of a file. Where only rest tells, the producer
// never pauses for as long as that.
func TestPiecesAreNeverTaken(t *testing.T) {
	for _, settle := range []Settle{SettleMarker, SettleDigest, SettleRename, SettleRest} {
		t.Run(string(settle), func(t *testing.T) {
			handed := 0
			rapid.Check(t, func(rt *rapid.T) { handed += interleave(t, rt, settle) })
			if handed == 0 {
				t.Error("nothing was ever handed over")
			}
		})
	}
}

func interleave(t *testing.T, rt *rapid.T, settle Settle) int {
	folder, err := os.MkdirTemp(t.TempDir(), "drop")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	w := &world{t: t, folder: folder, now: start, memory: new(mapMemory)}
	w.use(Folder{Path: w.folder, Rules: Rules{Settle: settle}})
	w.fetcher.Archive = filepath.Join(folder, ".archive")
	w.fetcher.Order = rapid.SampledFrom([]Order{Newest, Oldest}).Draw(rt, "order")
	p := &producer{w: w, t: rt, settle: settle, reuse: rapid.Bool().Draw(rt, "one name"), whole: make(map[string]bool)}
	handed, seen := 0, make(map[string]bool)
	paused := time.Duration(0)
	poll := func(*rapid.T) {
		err := w.fetcher.Fetch(context.Background(), func(_ context.Context, file File) error {
			for _, each := range append(file.Supersedes, file) {
				content, err := os.ReadFile(each.Path)
				if err != nil || !p.whole[string(content)] || seen[string(content)] {
					rt.Fatalf("%s: %q was handed over (seen %v, %v)", each.Name, content, seen[string(content)], err)
				}
				seen[string(content)] = true
				handed++
			}
			return nil
		})
		if err != nil && !IsQuiet(err) && !errors.Is(err, ErrDigest) {
			rt.Fatal(err)
		}
	}
	rt.Repeat(map[string]func(*rapid.T){
		"poll": poll,
		"wait": func(rt *rapid.T) {
			longest := 40
			if settle == SettleRest && p.content != "" && p.written < len(p.content) {
				longest = 29 - int(paused/time.Second) // a longer pause looks like the end
			}
			if longest < 1 {
				return
			}
			pause := time.Duration(rapid.IntRange(1, longest).Draw(rt, "seconds")) * time.Second
			paused += pause
			w.now = w.now.Add(pause)
		},
		"write": func(*rapid.T) {
			paused, w.now = 0, w.now.Add(time.Millisecond)
			p.step()
		},
	})
	return handed
}

// A real producer that writes slowly while the poller looks without a pause.
func TestSlowWriterIsWaitedFor(t *testing.T) {
	for _, settle := range []Settle{SettleMarker, SettleDigest, SettleRename, SettleRest} {
		t.Run(string(settle), func(t *testing.T) {
			w := newWorld(t, Rules{Settle: settle, Rest: time.Second})
			w.fetcher.Now = time.Now
			written := make(chan error, 1)
			go func() { written <- writeSlowly(w.folder, settle) }()
			polls := 0
			var got []fetched
			await(t, "file", func() bool {
				var err error
				if got, err = w.fetch(); err != nil && !IsQuiet(err) && !errors.Is(err, ErrDigest) {
					t.Fatal(err)
				}
				polls++
				return len(got) > 0
			})
			if err := <-written; err != nil {
				t.Fatal(err)
			}
			if got[0].content != slowContent || polls < 10 {
				t.Errorf("%d of %d bytes after %d polls", len(got[0].content), len(slowContent), polls)
			}
			w.wantClean()
		})
	}
}

var slowContent = strings.Repeat("4711,ann@example.com,active\n", 50)

func writeSlowly(folder string, settle Settle) error {
	name := filepath.Join(folder, "people.csv")
	part := name
	if settle == SettleRename {
		part += ".tmp"
	}
	if settle == SettleDigest { // before the file, which has to be waited for all the same
		if err := os.WriteFile(name+".sha256", []byte(sumOf(slowContent)+" *people.csv\n"), 0o600); err != nil {
			return err
		}
	}
	file, err := os.Create(part)
	if err != nil {
		return err
	}
	defer file.Close()
	for rest := slowContent; rest != ""; rest = rest[len(slowContent)/50:] {
		if _, err := file.WriteString(rest[:len(slowContent)/50]); err != nil {
			return err
		}
		<-time.After(10 * time.Millisecond)
	}
	switch settle {
	case SettleMarker:
		return os.WriteFile(name+".done", nil, 0o600)
	case SettleRename:
		return os.Rename(part, name)
	}
	return nil
}
