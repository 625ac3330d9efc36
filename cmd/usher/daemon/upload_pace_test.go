package daemon_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/sync/roster/rostertest"
)

// TestUploadPace: a directory uploads so many files in an hour and no more, whatever another one
// does; what is one too many is not read, and a request that sends no file does not count.
func TestUploadPace(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := rosterConfig(t, place)
		c.Limits.Uploads = 3
		f := newFetching(t, c)
		token, _ := f.token("hr")
		f.want(405, "GET", uploadPath, token, "")
		for range 3 {
			f.upload(200, token, rostertest.Good(30))
		}
		refused := f.want(429, "POST", uploadPath, token, string(rostertest.Good(30)))
		wait, err := strconv.Atoi(refused.header.Get("Retry-After"))
		if err != nil || wait < 1100 || wait > 1200 || !strings.Contains(refused.text, "as many files as it may") {
			t.Errorf("%q, %v: %s", refused.header, err, refused.text)
		}
		if len(f.plans()) != 3 || len(f.archived()) != 3 {
			t.Errorf("%d plans, files %q", len(f.plans()), f.archived())
		}
		other, _ := f.token("contractors")
		f.want(200, "POST", strings.Replace(uploadPath, "hr", "contractors", 1), other, string(rostertest.Good(30)))
		f.ahead.Add(int64(time.Duration(wait) * time.Second))
		f.upload(200, token, rostertest.Good(30))
		f.want(429, "POST", uploadPath, token, string(rostertest.Good(30)))
	})
}
