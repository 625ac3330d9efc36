package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
)

// echo answers every command line with what it got.
func echo(_ context.Context, d *daemon.Daemon, r daemon.Request, stdout, stderr io.Writer) int {
	fmt.Fprintf(stdout, "%s by %s in %s with %s", strings.Join(r.Args, " "), r.As, r.Dir, d.Store().Engine())
	fmt.Fprint(stderr, "a remark")
	return 7
}

func ask(t *testing.T, data string) (code int, stdout, stderr string, err error) {
	t.Helper()
	var out, remarks strings.Builder
	code, err = daemon.Ask(t.Context(), data, daemon.Request{Args: []string{"people", "--all"}, Dir: "/here", As: "ann"}, &out, &remarks)
	return code, out.String(), remarks.String(), err
}

func TestAsk(t *testing.T) {
	for name, folder := range map[string]string{
		"in the data folder":      t.TempDir(),
		"where the path is short": filepath.Join(t.TempDir(), strings.Repeat("long/", 30)),
		"where others may enter":  openFolder(t),
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, daemon.Options{Config: configAt(t, store.Options{Folder: folder}), Command: echo})
			code, stdout, stderr, err := ask(t, folder)
			if err != nil || code != 7 || stdout != "people --all by ann in /here with sqlite" || stderr != "a remark" {
				t.Errorf("got %d, %q, %q, %v", code, stdout, stderr, err)
			}
			private(t, folder)
			r.stop()
			if _, _, _, err := ask(t, folder); !errors.Is(err, daemon.ErrNoDaemon) {
				t.Errorf("without a daemon: %v", err)
			}
		})
	}
}

func openFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// socketOf is where the socket of a data folder is.
func socketOf(t *testing.T, data string) string {
	t.Helper()
	if text, err := os.ReadFile(filepath.Join(data, "usher.sock.path")); err == nil {
		data = strings.TrimSpace(string(text))
	}
	return filepath.Join(data, "usher.sock")
}

// private fails unless the socket and its folder are for their owner only.
func private(t *testing.T, data string) {
	t.Helper()
	socket := socketOf(t, data)
	for name, want := range map[string]os.FileMode{socket: 0o600, filepath.Dir(socket): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

// TestSocketOfTheDead is taken over by the next daemon.
func TestSocketOfTheDead(t *testing.T) {
	folder := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(folder, "usher.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := ask(t, folder); !errors.Is(err, daemon.ErrNoDaemon) {
		t.Errorf("nobody listens: %v", err)
	}
	start(t, daemon.Options{Config: configAt(t, store.Options{Folder: folder}), Command: echo})
	if code, _, _, err := ask(t, folder); code != 7 || err != nil {
		t.Errorf("got %d, %v", code, err)
	}
}

// TestSocketRefusesOthers connects as another user, with every mode on the way opened.
func TestSocketRefusesOthers(t *testing.T) {
	if data := os.Getenv("USHER_TEST_SOCKET"); data != "" {
		conn, err := net.Dial("unix", data)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(conn, `{"args":["people"],"as":"mallory"}`)
		answer, _ := io.ReadAll(conn)
		fmt.Printf("answer %q\n", answer)
		return
	}
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root on Linux can try as another user")
	}
	folder, err := os.MkdirTemp("/tmp", "usher-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	r := start(t, daemon.Options{Config: configAt(t, store.Options{Folder: folder}), Command: echo})
	for name, mode := range map[string]os.FileMode{folder: 0o755, filepath.Join(folder, "usher.sock"): 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if got := asUser(t, 0, socketOf(t, folder)); !strings.Contains(got, "exit") {
		t.Fatalf("our own user was answered %s", got)
	}
	if got := asUser(t, 65534, socketOf(t, folder)); !strings.Contains(got, `answer ""`) {
		t.Errorf("another user was answered %s", got)
	}
	eventually(t, "the refusal is logged", func() bool { return strings.Contains(r.log.String(), "user 65534 is not ours") })
}

// asUser runs TestSocketRefusesOthers in a process of that user, which connects.
func asUser(t *testing.T, uid uint32, socket string) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(filepath.Dir(socket), "client") // where every user can run it
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := exec.CommandContext(ctx, program, "-test.run=^TestSocketRefusesOthers$")
	client.Env, client.Dir = append(os.Environ(), "USHER_TEST_SOCKET="+socket), "/"
	client.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := client.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
