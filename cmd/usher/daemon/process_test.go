package daemon_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/internal/config"
	"usher/internal/store"
)

// child is a daemon in a process of its own.
type child struct {
	*testing.T
	command *exec.Cmd
	url     string // without a trailing slash
	file    string // its configuration
	data    string
	log     *logged
}

// binary builds usher.
func binary(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "usher")
	if out, err := exec.Command("go", "build", "-o", file, "usher/cmd/usher").CombinedOutput(); err != nil {
		t.Fatalf("build usher: %v\n%s", err, out)
	}
	return file
}

// spawn starts usher on a store; further lines go into its configuration.
func spawn(t *testing.T, binary string, place store.Options, lines ...string) *child {
	t.Helper()
	c := configAt(t, place)
	file := filepath.Join(t.TempDir(), "usher.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\ndata: %s\nstore: %q\n%s\n", c.Data, c.Store.Reveal(), strings.Join(lines, "\n"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(file, os.LookupEnv); err != nil {
		t.Fatal(err)
	}
	p := &child{T: t, file: file, data: c.Data, log: &logged{}, command: exec.Command(binary, "serve", "--config", file)}
	p.command.Stderr = p.log
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "SCIM base URL: ")
	if err != nil || !ok {
		t.Fatalf("usher said %q, %v\n%s", line, err, p.log)
	}
	p.url = strings.TrimSuffix(url, "/scim/v2")
	return p
}

// token is the one that the first start wrote.
func (p *child) token() string {
	p.Helper()
	text, err := os.ReadFile(filepath.Join(p.data, "default.token"))
	if err != nil {
		p.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// end stops the process as an operator does.
func (p *child) end() {
	if p.command.ProcessState != nil {
		return
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.Errorf("the process had ended: %v\n%s", err, p.log)
		return
	}
	timer := time.AfterFunc(20*time.Second, func() { _ = p.command.Process.Kill() })
	defer timer.Stop()
	if err := p.command.Wait(); err != nil {
		p.Errorf("usher ended with %v\n%s", err, p.log)
	}
}

// memory is a figure of /proc/PID/status in bytes, such as VmRSS or VmHWM.
func (p *child) memory(name string) int {
	p.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		p.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				p.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	p.Fatalf("/proc has no %s", name)
	return 0
}

// forgetPeak starts the measuring of VmHWM anew.
func (p *child) forgetPeak() {
	p.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.command.Process.Pid), []byte("5"), 0); err != nil {
		p.Fatal(err)
	}
}
