package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// making is a company that is being made while something else is told.
type making struct {
	latest  atomic.Pointer[string] // how far it is
	stop    context.CancelFunc
	done    chan struct{}
	company *Company // once done
	err     error
}

// startMaking begins to make a company in a folder of its own.
func startMaking(ctx context.Context, o CompanyOptions) (*making, error) {
	if err := os.Mkdir(o.Data, 0o700); err != nil {
		return nil, err
	}
	m := &making{done: make(chan struct{})}
	ctx, m.stop = context.WithCancel(ctx)
	o.Report = func(far string) { m.latest.Store(&far) }
	go func() {
		defer close(m.done)
		m.company, m.err = OpenCompany(ctx, o)
	}()
	return m, nil
}

// reportEvery is how often a reader who waits is told how far it is.
const reportEvery = time.Second

// wait shows how far the company is until it is there.
func (m *making) wait(out *page) (*Company, error) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for shown := (*string)(nil); ; {
		select {
		case <-m.done:
			return m.company, m.err
		case <-tick.C:
		}
		if far := m.latest.Load(); far != shown {
			shown = far
			out.row("company", *far)
		}
	}
}

// end breaks off what is not done, and closes what is.
func (m *making) end() error {
	m.stop()
	<-m.done
	if m.company == nil {
		return nil
	}
	return m.company.Close()
}

// open tells the story while the company is made, and opens on it.
func open(ctx context.Context, o Options, out *page, data string) (err error) {
	company := filepath.Join(data, "company")
	m, err := startMaking(ctx, CompanyOptions{Data: company, Command: o.Command})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.end()) }()
	if !o.NoStory {
		story := filepath.Join(data, "story")
		if err := os.Mkdir(story, 0o700); err != nil {
			return err
		}
		if err := tell(ctx, o, out, story, freeListen); err != nil || ctx.Err() != nil {
			return err
		}
	}
	out.heading("A company of 300 people, and its last 90 days")
	out.gap()
	c, err := m.wait(out)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("the company was not made: %w", err)
	}
	return serve(ctx, c.Daemon, func(ctx context.Context) error { return c.welcome(ctx, o, out, company) })
}
