package web

import (
	"io"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// Upload is a file of people that is sent.
type Upload struct {
	Directory, Name string
	Content         io.Reader
	// Review has everything wait until somebody has looked at it; else what passes the guards goes by itself.
	Review bool
	// Part says that the file names some of the people only: whom it leaves out is not absent.
	Part bool
	// Instead is the number of the plan whose file was mended, of which nothing waits any longer then; 0: none.
	Instead int64
}

// rosterBytes bounds a file of people, as the API does, with the form around it.
const (
	mostMiB     = 200
	rosterBytes = mostMiB<<20 + maxForm
)

var rosterRoutes = []Route{
	{Method: "GET", Path: "/plans/upload", Access: usher.AccessDeciders, Fresh: true, serve: showUpload},
	{Method: "POST", Path: "/plans/upload", Access: usher.AccessDeciders, Fresh: true, Body: rosterBytes, serve: upload},
}

// uploadPage is the form.
type uploadPage struct {
	Directories []string
	Directory   string // that is chosen
	MostMiB     int
}

// showUpload shows the form. It wants a fresh sign-in already, so that no large file is sent in vain.
func showUpload(v *visit) error {
	page := uploadPage{v.o.Plans.FileDirectories(), v.r.URL.Query().Get("directory"), mostMiB}
	if len(page.Directories) == 1 {
		page.Directory = page.Directories[0]
	}
	return v.showTitled("upload", "Upload a roster", page)
}

// upload takes the file and leads to its plan.
func upload(v *visit) error {
	form := v.r.PostForm
	u := Upload{Directory: form.Get("directory"), Review: form.Get("then") != "guards", Part: form.Get("part") != ""}
	if !slices.Contains(v.o.Plans.FileDirectories(), u.Directory) {
		return &usher.InvalidError{Attribute: "directory", Problem: "is missing: choose the one that the file is of"}
	}
	if text := form.Get("instead"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return usher.ErrNotFound
		}
		u.Instead = n
	}
	file, name, err := v.sent("file")
	if err != nil {
		return err
	}
	defer file.Close()
	u.Name, u.Content = name, file
	number, err := v.o.Plans.Upload(v.lasting(), v.By, u)
	if err != nil {
		return err
	}
	return v.done(planPath(number), "roster-taken")
}
