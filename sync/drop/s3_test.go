package drop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"usher/internal/outbound"
)

// objectStore is an S3-compatible server on loopback.
type objectStore struct {
	t      *testing.T
	client *minio.Client
	clock  atomic.Pointer[time.Time]
	// between is asked before each request, when it is set.
	between atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

type storeClock struct{ *objectStore }

func (c storeClock) Now() time.Time { return *c.clock.Load() }

func (c storeClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

func newS3World(t *testing.T) (*world, *objectStore, S3) {
	t.Helper()
	s := &objectStore{t: t}
	begin := start
	s.clock.Store(&begin)
	fake := gofakes3.New(s3mem.New(s3mem.WithTimeSource(storeClock{s})), gofakes3.WithTimeSource(storeClock{s}), gofakes3.WithTimeSkewLimit(0)).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") {
			http.Error(w, "not signed", http.StatusForbidden)
			return
		}
		if between := s.between.Load(); between == nil || (*between)(w, r) {
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	var err error
	s.client, err = minio.New(strings.TrimPrefix(server.URL, "http://"), &minio.Options{Creds: credentials.NewStaticV4("AKIAEXAMPLE", "s3-secret", ""), Region: "us-east-1"})
	if err == nil {
		err = s.client.MakeBucket(context.Background(), "rosters", minio.MakeBucketOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, folder: t.TempDir(), now: start, memory: new(mapMemory)}
	config := S3{
		Endpoint: server.URL, Bucket: "rosters", Prefix: "out/", Pattern: "people*.csv", AccessKey: "AKIAEXAMPLE", SecretKey: "s3-secret",
		Web: Web{AllowPrivate: true, Timeout: 10 * time.Second},
	}
	w.useS3(config)
	return w, s, config
}

func (w *world) useS3(config S3) {
	w.t.Helper()
	source, err := NewS3(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.useSource(source)
}

// put stores an object a minute after the one before.
func (s *objectStore) put(key, content string) {
	s.t.Helper()
	later := s.clock.Load().Add(time.Minute)
	s.clock.Store(&later)
	_, err := s.client.PutObject(context.Background(), "rosters", key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestS3(t *testing.T) {
	w, s, config := newS3World(t)
	w.wantError(ErrNothing, config.Endpoint+"/rosters/out")
	for _, key := range []string{"people.csv", "out/contractors.csv", "out/deeper/people.csv", "out/people.csv.tmp"} {
		s.put(key, "not this one")
	}
	s.put("out/people-1.csv", "one")
	content := strings.Repeat(people, 50_000)
	s.put("out/people-2.csv", content)
	got := w.want(content)
	if got[0].Name != "people-2.csv" || !got[0].ModTime.Equal(start.Add(6*time.Minute)) || len(got[0].Supersedes) != 1 || got[0].Supersedes[0].Name != "people-1.csv" {
		t.Errorf("got %+v", got[0].File)
	}
	w.wantError(ErrNothing)
	if err := s.client.RemoveObject(context.Background(), "rosters", "out/people-2.csv", minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	w.wantError(ErrNothing) // the older one does not come up again
	s.put("out/people-1.csv", "new")
	w.want("new")
}

func TestS3ChangesComeInOrder(t *testing.T) {
	w, s, _ := newS3World(t)
	w.fetcher.Order = Oldest
	for _, name := range []string{"c", "a", "b"} {
		s.put("out/people-"+name+".csv", name)
	}
	w.want("c", "a", "b")
	w.wantError(ErrNothing)
	s.put("out/people-d.csv", "d")
	w.want("d")
}

func TestS3ObjectThatIsReplacedMeanwhile(t *testing.T) {
	w, s, _ := newS3World(t)
	s.put("out/people.csv", people)
	replaced := false
	between := func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "people.csv") && !replaced {
			replaced = true
			s.put("out/people.csv", people+"more")
		}
		return true
	}
	s.between.Store(&between)
	w.wantError(ErrUnsettled)
	w.want(people + "more")
}

func TestS3ObjectThatIsCut(t *testing.T) {
	w, s, _ := newS3World(t)
	s.put("out/people.csv", people)
	between := func(w http.ResponseWriter, r *http.Request) bool {
		whole := !strings.HasSuffix(r.URL.Path, "people.csv")
		if !whole {
			w.Header().Set("Content-Length", "42000")
			w.Header().Set("Last-Modified", start.Format(http.TimeFormat))
			w.Header().Set("Etag", r.Header.Get("If-Match"))
			io.Copy(w, bytes.NewReader([]byte(people)))
		}
		return whole
	}
	s.between.Store(&between)
	got, err := w.fetch()
	if len(got) > 0 || err == nil || len(w.archived()) > 0 {
		t.Errorf("%d files, %v, archived %q", len(got), err, w.archived())
	}
	s.between.Store(nil)
	w.want(people)
}

func TestS3TooLargeIsNotRead(t *testing.T) {
	w, s, _ := newS3World(t)
	w.fetcher.Limit = 10
	s.put("out/people.csv", people)
	w.wantError(ErrTooLarge, "people.csv")
}

func TestS3WrongKeys(t *testing.T) {
	w, s, config := newS3World(t)
	s.put("out/people.csv", people)
	config.AccessKey, config.SecretKey = "AKIAOTHER", "other-secret"
	w.useS3(config)
	got, err := w.fetch()
	if len(got) > 0 || err == nil || IsQuiet(err) || strings.Contains(err.Error(), "other-secret") {
		t.Errorf("%d files, %v", len(got), err)
	}
}

func TestS3InsideTheNetworkIsClosed(t *testing.T) {
	w, _, config := newS3World(t)
	config.Endpoint = strings.Replace(config.Endpoint, "http:", "https:", 1)
	config.AllowPrivate = false
	w.useS3(config)
	w.wantError(outbound.ErrForbiddenAddress)
}

func TestS3Configuration(t *testing.T) {
	good := S3{Endpoint: "https://s3.example.com", Bucket: "rosters", AccessKey: "a", SecretKey: "s3-secret"}
	if source, err := NewS3(good); err != nil || source.String() != "https://s3.example.com/rosters" {
		t.Errorf("%v, %v", source, err)
	}
	for name, spoil := range map[string]func(*S3){
		"endpoint": func(s *S3) { s.Endpoint = "s3.example.com" },
		"path":     func(s *S3) { s.Endpoint += "/hr" },
		"plain":    func(s *S3) { s.Endpoint = "http://s3.example.com" },
		"bucket":   func(s *S3) { s.Bucket = "" },
		"key":      func(s *S3) { s.AccessKey = "" },
		"pattern":  func(s *S3) { s.Pattern = "a[" },
	} {
		config := good
		spoil(&config)
		if _, err := NewS3(config); err == nil || strings.Contains(err.Error(), "s3-secret") || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
