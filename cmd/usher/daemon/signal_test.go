package daemon_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"usher/internal/store"
)

// TestSignals speaks to a daemon in a process of its own as an operator does: SIGHUP, and
// SIGTERM at the end of the test.
func TestSignals(t *testing.T) {
	program := binary(t)
	p := spawn(t, program, store.Options{Folder: t.TempDir()})
	seats := func() string {
		t.Helper()
		out, err := exec.Command(program, "seats", "--csv", "--data", p.data).CombinedOutput()
		if err != nil {
			t.Fatalf("usher seats: %v\n%s", err, out)
		}
		return string(out)
	}
	if got := seats(); strings.Contains(got, "adkar") {
		t.Fatalf("at the start there is %s", got)
	}
	p.configure(fmt.Sprintf(twoSeats, p.data, "sqlite", 2, "true"))
	p.signal(syscall.SIGHUP)
	eventually(t, "the subscription is there", func() bool { return strings.Contains(seats(), "adkar,learning,2,0,2") })
	p.configure("listen: [")
	p.signal(syscall.SIGHUP)
	eventually(t, "the mistake is logged", func() bool { return strings.Contains(p.log.String(), "the old one stays") })
	if got := seats(); !strings.Contains(got, "adkar,learning,2") {
		t.Errorf("after a broken reload there is %s", got)
	}
}

func (p *child) configure(text string) {
	p.Helper()
	if err := os.WriteFile(p.file, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *child) signal(s os.Signal) {
	p.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
}
