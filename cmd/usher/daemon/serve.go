package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"sync"
	"time"
)

// stopTime is how long work in flight may take when usher stops, and grace what of it
// calls to portals may take.
const (
	stopTime = 10 * time.Second
	grace    = 8 * time.Second
)

// maxHeader bounds a request's line and headers together; the server of net/http reads
// serverSlack more than it is told.
const (
	maxHeader   = 32 << 10
	serverSlack = 4 << 10
)

// Serve answers requests and does what falls due, until ctx ends. Then it takes no new
// work, finishes what is under way and closes everything.
func (d *Daemon) Serve(ctx context.Context) error {
	c := d.config.Load()
	handler, err := d.routes(c)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	failed := make(chan error, 2)
	var background sync.WaitGroup
	for _, loop := range d.loops() {
		background.Go(func() { loop(work) })
	}
	servers := []*http.Server{d.serve(d.server(handler), d.listener, c.TLS.CertFile != "", failed)}
	if d.metricsListener != nil {
		servers = append(servers, d.serve(d.server(d.watch(http.HandlerFunc(d.metricsOnly))), d.metricsListener, false, failed))
	}
	d.log.Info().Str("url", d.URL()).Str("store", d.store.Engine()).Str("version", Version()).Msg("serving")
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	d.log.Info().Msg("stopping: no new work is taken")
	return errors.Join(err, d.stop(servers, stopWork, &background))
}

// loops are what runs beside the requests, each until its context ends.
func (d *Daemon) loops() []func(context.Context) {
	loops := []func(context.Context){d.sweeper, d.sealer, d.reconciler, d.finisher, d.timetable.Run, d.lateWatch, d.postman, d.notifier, d.exporter, d.tidier, d.findable, d.foreseer}
	if d.control != nil {
		loops = append(loops, d.commands)
	}
	return loops
}

// server has the time-outs and limits that hold before any handler is asked.
func (d *Daemon) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader - serverSlack,
		// What a peer did wrong is of interest only when it is looked for.
		ErrorLog:                     stdlog.New(debugWriter{d.log}, "", 0),
		DisableGeneralOptionsHandler: true,
	}
}

func (d *Daemon) serve(s *http.Server, l net.Listener, encrypted bool, failed chan<- error) *http.Server {
	if encrypted {
		l = tls.NewListener(l, d.tlsConfig())
	}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve: %w", err)
		}
	}()
	return s
}

func (d *Daemon) metricsOnly(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != routeMetrics {
		plain(w, http.StatusNotFound, "nothing is here")
		return
	}
	reading(w, r, func() { d.metrics.ServeHTTP(w, r) })
}

// stop lets requests and background work finish at the same time, and closes the store
// after both.
func (d *Daemon) stop(servers []*http.Server, stopWork func(), background *sync.WaitGroup) error {
	d.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	stopWork()
	var errs []error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("requests were cut off: %w", err), s.Close())
		}
	}
	done := make(chan struct{})
	go func() { background.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		errs = append(errs, errors.New("background work was cut off"))
	}
	return errors.Join(append(errs, d.Close())...)
}
