package demo_test

import (
	"context"
	"os"
	"testing"
	"time"

	"usher/cmd/usher/demo"
	"usher/internal/store"
	"usher/internal/usher"
)

func TestCompany(t *testing.T) {
	began := time.Now()
	c, err := demo.OpenCompany(t.Context(), demo.CompanyOptions{Data: dataDir(t), Listen: "127.0.0.1:0", Report: func(s string) { t.Log(time.Since(began).Round(time.Millisecond), s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("made in", time.Since(began))
	defer c.Close()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Daemon.Serve(ctx) }()
	time.Sleep(3 * time.Second)
	look := c.Daemon.Store().Look()
	active, all, _ := look.CountPeople(ctx)
	t.Log("people", active, all)
	subs, _ := look.Subscriptions(ctx)
	for _, s := range subs {
		st, _ := look.CountStates(ctx, s.ID)
		t.Log(s.Name, s.Used, s.Purchased, st)
	}
	holds, _ := look.Holds(ctx, false)
	for _, h := range holds {
		t.Logf("hold %+v", h)
	}
	cs, _ := look.Conflicts(ctx, false)
	for _, h := range cs {
		t.Logf("conflict %+v", h)
	}
	ps, _ := look.Plans(ctx, "", 100)
	for _, p := range ps {
		t.Logf("plan %d %s %+v %v", p.Number, p.State, p.Counts, p.Reasons)
	}
	vs, _ := look.OpenVisits(ctx, "")
	for _, v := range vs {
		bs, _ := look.BatchesOf(ctx, v.ID)
		t.Logf("visit %+v", v)
		for _, b := range bs {
			r, _ := look.OpenRows(ctx, b.ID)
			t.Log("  ", b.Name, b.Kind, len(r), b.CarriedAt)
		}
	}
	portals, _ := look.Portals(ctx)
	for _, p := range portals {
		dr, _ := look.OpenDrift(ctx, p.ID)
		t.Logf("%s failures %d %s", p.Name, p.Failures, p.LastError)
		for _, d := range dr {
			t.Logf("   %+v", d)
		}
	}
	rs, _ := look.OpenRequests(ctx)
	t.Log("requests", len(rs))
	ev, err := look.Events(ctx, store.EventQuery{Limit: 100000})
	kinds := map[usher.EventKind]int{}
	days := map[string]int{}
	for _, e := range ev {
		kinds[e.Kind]++
		days[e.At.Std().Format("2006-01-02")]++
	}
	t.Log(len(ev), err, kinds, days)
	key, _ := c.Daemon.Key()
	fs, err := c.Daemon.Ledger().Check(ctx, key)
	for _, f := range fs {
		t.Logf("CHECK %+v", f)
	}
	t.Log(err)
	stop()
	<-done
}

func dataDir(t *testing.T) string {
	if d := os.Getenv("DEMO_DATA"); d != "" {
		os.RemoveAll(d)
		os.MkdirAll(d, 0o700)
		return d
	}
	return t.TempDir()
}
