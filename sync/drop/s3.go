package drop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3 is a folder in object storage that speaks S3. Objects stay there, so one process at a time may fetch them.
type S3 struct {
	Endpoint string // such as https://s3.eu-central-1.amazonaws.com
	Region   string // [us-east-1]
	Bucket   string
	Prefix   string // what the keys begin with, such as hr/exports/; what lies deeper is not looked at
	Pattern  string // of what follows the last slash of a key, as path.Match has it; [*]

	AccessKey, SecretKey string
	Web
}

// listLimit is how many objects are looked at.
const listLimit = 10_000

// NewS3 returns the source of a bucket, which is called when a roster is fetched.
func NewS3(s S3) (Source, error) {
	endpoint, err := url.Parse(s.Endpoint)
	switch {
	case err != nil || endpoint.Host == "" || endpoint.User != nil || strings.Trim(endpoint.Path, "/") != "":
		return nil, errors.New("s3: endpoint is none such as https://s3.eu-central-1.amazonaws.com")
	case !s.allows(endpoint):
		return nil, fmt.Errorf("s3: endpoint with %q: write https", endpoint.Scheme)
	case s.Bucket == "" || s.AccessKey == "" || s.SecretKey == "":
		return nil, fmt.Errorf("s3: %s: bucket, access key and secret key are needed", endpoint.Host)
	}
	s.Pattern, s.Region = cmp.Or(s.Pattern, "*"), cmp.Or(s.Region, "us-east-1")
	if err := checkPattern(s.Pattern); err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(s.AccessKey, s.SecretKey, ""),
		Secure:     endpoint.Scheme == "https",
		Region:     s.Region,
		Transport:  s.client().Transport, // guards every address, also after minio's own redirects
		MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	return &s3Source{s, endpoint, client}, nil
}

type s3Source struct {
	S3

	endpoint *url.URL
	client   *minio.Client
}

// String implements Source.
func (s *s3Source) String() string {
	return s.endpoint.JoinPath(s.Bucket, s.Prefix).String()
}

// enter implements Source.
func (s *s3Source) enter(_ context.Context, visit visit) (place, error) {
	return &bucket{s, visit.limit}, nil
}

// bucket is a visit to object storage.
type bucket struct {
	*s3Source

	limit int64
}

// leave implements place.
func (b *bucket) leave() {}

// list implements place. An object is complete as soon as it can be seen.
func (b *bucket) list(ctx context.Context) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout())
	defer cancel()
	var entries []entry
	seen := 0
	for object := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: b.Prefix}) {
		if object.Err != nil {
			return nil, fmt.Errorf("list: %w", object.Err)
		}
		if seen++; seen > listLimit {
			return nil, fmt.Errorf("more than %d objects: write a longer prefix, or let the storage delete old ones", listLimit)
		}
		name := path.Base(object.Key)
		if strings.HasSuffix(object.Key, "/") || !isRoster(b.Pattern, name) {
			continue
		}
		item := sighting{Name: name, Size: object.Size, ModTime: object.LastModified.UTC(), Tag: object.ETag}
		entries = append(entries, entry{sighting: item, at: object.Key, fault: errors.Join(checkName(name), checkSize(object.Size, b.limit))})
	}
	return entries, nil
}

// read implements place. It asks for the very version that was listed.
func (b *bucket) read(ctx context.Context, e entry, to io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, b.timeout())
	defer cancel()
	var options minio.GetObjectOptions
	if err := options.SetMatchETag(e.Tag); err != nil {
		return err
	}
	object, err := b.client.GetObject(ctx, b.Bucket, e.at, options)
	if err != nil {
		return err
	}
	defer func() { _ = object.Close() }() // what was only read has nothing to lose
	_, err = io.Copy(&stoppable{ctx, to}, object)
	if minio.ToErrorResponse(err).Code == minio.PreconditionFailed {
		return fmt.Errorf("%w: it was replaced while it was read", ErrUnsettled)
	}
	return err
}
