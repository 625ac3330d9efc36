package drop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test binary starts itself as other processes: this variable names the drop they work in.
const childDrop = "USHER_TEST_DROP"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childDrop); folder != "" {
		if err := child(folder, Order(os.Getenv("USHER_TEST_ORDER")), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child fetches until its input ends, and prints the names it was handed. Asked to hang, it prints and never returns
// from take, so that it can be killed between claim and end.
func child(folder string, order Order, in io.Reader, out io.Writer) error {
	source, err := NewFolder(Folder{Path: folder, Rules: Rules{Settle: SettleRename}})
	if err != nil {
		return err
	}
	archive, err := os.MkdirTemp(filepath.Dir(folder), "archive")
	if err != nil {
		return err
	}
	f := Fetcher{Source: source, Memory: new(mapMemory), Archive: archive, Now: time.Now, Order: order}
	if f.Lease, err = time.ParseDuration(os.Getenv("USHER_TEST_LEASE")); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		ended <- err
	}()
	for {
		err := f.Fetch(context.Background(), func(_ context.Context, file File) error {
			content, err := os.ReadFile(file.Path)
			fmt.Fprintln(out, file.Name, sumOf(string(content)) == file.SHA256 && strings.HasPrefix(string(content), file.Name))
			if strings.HasPrefix(file.Name, "hang") {
				select {} // until it is killed
			}
			for _, old := range file.Supersedes {
				fmt.Fprintln(out, old.Name, "superseded")
			}
			return err
		})
		if err != nil && !IsQuiet(err) {
			return err
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Millisecond):
		}
	}
}

// process is a child and what it said.
type process struct {
	*exec.Cmd

	in    io.Closer
	lines chan string
}

func startChild(t *testing.T, folder string, order Order, lease time.Duration) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDrop+"="+folder, "USHER_TEST_ORDER="+string(order), "USHER_TEST_LEASE="+lease.String())
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, in, make(chan string, 10_000)}
	go func() {
		defer close(p.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	t.Cleanup(func() { cmd.Process.Kill() })
	return p
}

// stop ends a child and returns all that it said.
func (p *process) stop(t *testing.T) []string {
	t.Helper()
	p.in.Close()
	var lines []string
	for line := range p.lines {
		lines = append(lines, line)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("child: %v", err)
	}
	return lines
}

// dropFile puts a file in place as a well-behaved producer does.
func dropFile(t *testing.T, folder, name, content string) {
	t.Helper()
	part := filepath.Join(folder, name+".part")
	if err := errors.Join(os.WriteFile(part, []byte(content), 0o600), os.Rename(part, filepath.Join(folder, name))); err != nil {
		t.Fatal(err)
	}
}

// await polls until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within a minute", what)
		}
		<-time.After(time.Millisecond)
	}
}

func isEmpty(t *testing.T, folder string) bool {
	t.Helper()
	left, err1 := filepath.Glob(filepath.Join(folder, "people*"))
	claimed, err2 := filepath.Glob(filepath.Join(folder, workFolder, "*"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return len(left)+len(claimed) == 0
}

// Four processes work on one folder while files arrive: each file is taken once by one of them, whole.
func TestProcessesShareAFolder(t *testing.T) {
	for name, order := range map[string]Order{"changes": Oldest, "full": Newest} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "drop")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			const rounds, perRound = 80, 3
			var children [4]*process
			for i := range children {
				children[i] = startChild(t, folder, order, time.Hour)
			}
			for round := range rounds {
				for i := range perRound {
					name := fmt.Sprintf("people-%03d.csv", round*perRound+i)
					dropFile(t, folder, name, name+strings.Repeat(" row\n", round*100))
				}
				await(t, "empty drop", func() bool { return isEmpty(t, folder) })
			}
			const files = rounds * perRound
			times := make(map[string]int)
			busy := 0
			for _, c := range children {
				lines := c.stop(t)
				if len(lines) > 0 {
					busy++
				}
				for _, line := range lines {
					name, told, _ := strings.Cut(line, " ")
					times[name]++
					if told == "false" || told == "superseded" && order == Oldest {
						t.Errorf("child said %q", line)
					}
				}
			}
			for i := range files {
				if n := times[fmt.Sprintf("people-%03d.csv", i)]; n != 1 {
					t.Errorf("file %d was taken %d times", i, n)
				}
			}
			if len(times) != files {
				t.Errorf("%d names taken, want %d", len(times), files)
			}
			if busy < 2 {
				t.Errorf("%d of %d processes took files: no competition", busy, len(children))
			}
		})
	}
}

// A process that is killed between claim and end loses nothing, wherever it was.
func TestKilledProcessLosesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "drop")
	w := &world{t: t, folder: folder, now: time.Now(), memory: new(mapMemory)}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	w.use(Folder{Path: folder, Rules: Rules{Settle: SettleRename}})
	w.fetcher.Order = Oldest
	for i := range 5 {
		name := fmt.Sprintf("hang-%d.csv", i)
		dropFile(t, folder, name, name)
		c := startChild(t, folder, Oldest, time.Hour)
		if line := <-c.lines; line != name+" true" {
			t.Fatalf("child said %q", line)
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		w.now = time.Now()
		w.wantError(ErrTaken, name)
		w.now = w.now.Add(time.Hour)
		w.want(name)
		w.wantClean()
	}
}

// The same at any instant: each process is killed a random time after it has claimed what the one before left.
func TestProcessesAreKilledAtRandom(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "drop")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const files, size = 25, 4 << 20
	taken := make(map[string]bool)
	unfinished := 0
	for i := range files {
		name := fmt.Sprintf("people-%03d.csv", i)
		dropFile(t, folder, name, name+strings.Repeat(" ", size))
		c := startChild(t, folder, Oldest, time.Nanosecond)
		await(t, "claim", func() bool { return len(namesIn(t, filepath.Join(folder, workFolder))) > 0 || len(c.lines) > 0 })
		<-time.After(time.Duration(rand.IntN(30)) * time.Millisecond)
		c.Process.Kill()
		for line := range c.lines {
			name, _, _ := strings.Cut(line, " ")
			taken[name] = true
		}
		c.Wait()
		unfinished += min(1, len(namesIn(t, filepath.Join(folder, workFolder))))
	}
	w := &world{t: t, folder: folder, now: time.Now().Add(time.Hour), memory: new(mapMemory)}
	w.use(Folder{Path: folder, Rules: Rules{Settle: SettleRename}})
	w.fetcher.Order = Oldest
	dropFile(t, folder, "zz-last.csv", "zz-last.csv"+strings.Repeat(" ", size))
	got, err := w.fetch()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range got {
		taken[file.Name] = true
		if !strings.HasPrefix(file.content, file.Name) || len(file.content) != len(file.Name)+size {
			t.Errorf("%s is not whole: %d bytes", file.Name, len(file.content))
		}
	}
	if len(taken) != files+1 {
		t.Errorf("%d of %d files were handed over", len(taken), files+1)
	}
	w.wantClean()
	if unfinished == 0 {
		t.Error("no process was killed while it held a claim")
	}
}
