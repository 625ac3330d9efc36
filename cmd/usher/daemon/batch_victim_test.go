package daemon_test

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/store/storetest"
)

// spare lets the process live.
func (v *victim) spare() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.judge = func(string) (bool, time.Duration) { return false, 0 }
}

// live starts a daemon.
func (v *victim) live() {
	v.Helper()
	p, stdout := v.process()
	v.p = p
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "SCIM base URL: ")
	if !ok {
		v.Fatalf("usher said %q, %v\n%s", line, err, v.p.log)
	}
	v.p.url = strings.TrimSuffix(url, "/scim/v2")
	if v.token == "" {
		v.token = v.p.token()
		v.db = storetest.Raw(v.T, v.place)
	}
}

// process starts a process that is watched: a daemon, or with words a command beside one.
func (v *victim) process(words ...string) (p *child, stdout io.Reader) {
	v.Helper()
	say, steps := v.pipe()
	leave, grant := v.pipe()
	p = &child{T: v.T, file: v.file, data: v.data, log: &logged{}, command: exec.Command(os.Args[0], words...)}
	p.command.Env = append(os.Environ(), steppingVariable+"="+v.file, fmt.Sprintf("%s=%d", sinceVariable, v.since.UnixMicro()))
	p.command.Stderr, p.command.ExtraFiles = p.log, []*os.File{steps, leave}
	stdout, err := p.command.StdoutPipe()
	v.check(err)
	v.check(p.command.Start())
	v.check(steps.Close())
	v.check(leave.Close())
	go v.watch(p, say, grant)
	return p, stdout
}

func (v *victim) pipe() (read, write *os.File) {
	v.Helper()
	read, write, err := os.Pipe()
	v.check(err)
	return read, write
}

// watch hears what a process is at and gives leave, or kills it.
func (v *victim) watch(p *child, say, grant *os.File) {
	defer say.Close()
	defer grant.Close()
	lines := bufio.NewScanner(say)
	for lines.Scan() {
		v.mu.Lock()
		v.last = append(v.last, lines.Text())
		dies, after := v.judge(lines.Text())
		if dies {
			v.kills[lines.Text()]++
			v.killed[p] = true
		}
		v.mu.Unlock()
		if dies && after == 0 {
			_ = p.command.Process.Kill()
			return
		}
		if dies {
			time.AfterFunc(after, func() { _ = p.command.Process.Kill() })
		}
		if _, err := grant.Write([]byte{0}); err != nil {
			return
		}
	}
}

// die ends the daemon by SIGKILL, if it was not.
func (v *victim) die() {
	_ = v.p.command.Process.Kill()
	_ = v.p.command.Wait()
}

// fell says that the daemon was killed, or is about to be.
func (v *victim) fell() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.killed[v.p]
}

// again has another daemon take over from one that was killed.
func (v *victim) again() {
	v.Helper()
	if !v.fell() {
		v.Fatalf("usher ended by itself\n%s", v.p.log)
	}
	v.die()
	v.bury(v.p)
	v.live()
}

// bury looks at what a process left, and lets the time pass that its leases last. A visit of which
// it sent mail, and did not say so, may be told of once more.
func (v *victim) bury(p *child) {
	v.Helper()
	v.mu.Lock()
	mailed := len(v.last) > 0 && slices.Contains(v.last[:len(v.last)-1], "letter reads")
	v.last = nil
	v.mu.Unlock()
	if mailed {
		for _, visit := range v.texts(`select id from visit where told_at = 0`) {
			v.mayTwo[visit]++
		}
	}
	for _, what := range v.files() {
		v.Error(what)
	}
	storetest.Exec(v.T, v.place, `update lease set until_at = 0 where owner like $1`, fmt.Sprintf("%%/%d/%%", p.command.Process.Pid))
}

// must says something to usher as often as it takes.
func (v *victim) must(words ...string) {
	v.Helper()
	for range 3 * len(batchSteps()) {
		if v.fell() {
			v.again()
		}
		said, err := v.ask(words)
		if err == nil && said == "" {
			return
		}
		if err == nil {
			v.Fatalf("%q: %s\n%s", words, said, v.p.log)
		}
	}
	v.Fatalf("%q: usher dies of it again and again\n%s", words, v.p.log)
}

// ask says something to the daemon, or on PostgreSQL has it done by a process beside it. An error
// says that the process died of it; what is said is what is wrong.
func (v *victim) ask(words []string) (said string, err error) {
	v.Helper()
	var out strings.Builder
	if v.place.URL == "" {
		code, err := daemon.Ask(v.Context(), v.data, daemon.Request{Args: words, Dir: v.data, As: "ann"}, io.Discard, &out)
		if err == nil && code != 0 {
			return cmp.Or(out.String(), "it failed"), nil
		}
		return "", err
	}
	p, _ := v.process(words...)
	err = p.command.Wait()
	v.mu.Lock()
	killed := v.killed[p]
	if err == nil && killed {
		v.away++
	}
	v.mu.Unlock()
	switch {
	case err == nil:
		return "", nil
	case !killed:
		return cmp.Or(p.log.String(), err.Error()), nil
	}
	v.bury(p)
	return "", err
}
