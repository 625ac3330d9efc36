package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDemoSaysWhatWorks runs every command that the demo tells its reader to run.
func TestDemoSaysWhatWorks(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	read, write := io.Pipe()
	var trouble bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, process{args: []string{"demo"}, stdout: write, stderr: &trouble, env: os.LookupEnv})
		_ = write.Close()
	}()
	commands := toldCommands(t, read)
	go func() { _, _ = io.Copy(io.Discard, read) }() // until the demo ends
	if len(commands) < 10 {
		t.Errorf("only %d commands are told", len(commands))
	}
	for _, args := range commands {
		var out, said bytes.Buffer
		code := run(ctx, process{args: args, stdout: &out, stderr: &said, env: os.LookupEnv})
		if code != exitOK || (out.Len() > 0) == (said.Len() > 0) { // a result, or a remark
			t.Errorf("usher %s: exit code %d, %q, %q", strings.Join(args, " "), code, out.String(), said.String())
		}
	}
	stop()
	if code := <-ended; code != exitOK || trouble.Len() > 0 {
		t.Errorf("the demo ended with %d: %s", code, trouble.String())
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// toldCommand is a command line of usher among what the demo prints.
var toldCommand = regexp.MustCompile(`(?m)^ +` + regexp.QuoteMeta(self()) + ` (.* --data \S+)$`)

// toldCommands reads the demo's page to its end and gives the commands in it.
func toldCommands(t *testing.T, page io.Reader) [][]string {
	t.Helper()
	var text bytes.Buffer
	for chunk := make([]byte, 4096); !strings.Contains(text.String(), "The folder is gone"); {
		n, err := page.Read(chunk)
		text.Write(chunk[:n])
		if err != nil {
			t.Fatalf("%v after:\n%s", err, text.String())
		}
	}
	var commands [][]string
	for _, found := range toldCommand.FindAllStringSubmatch(text.String(), -1) {
		commands = append(commands, strings.Fields(found[1]))
	}
	return commands
}
