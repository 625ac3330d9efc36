package table

import (
	"path"
	"strings"
)

// workbook is what has to be known of an XLSX file to read its worksheets (ECMA-376 part 1, 18.2).
type workbook struct {
	*archive
	sheets   []worksheet
	date1904 bool // days count from 1904-01-01 (18.17.4.1)
	styles   []cellStyle
	strings  sharedStrings
}

type worksheet struct {
	name, part string
	hidden     bool
}

// relations are the targets that one part names, by id and, for those that occur once, by the end of their type.
type relations struct {
	byID, byType, typeOf map[string]string
}

func openWorkbook(a *archive) (*workbook, error) {
	root, err := a.relations("")
	if err != nil {
		return nil, a.unlikeXLSX(err)
	}
	name := root.byType["officeDocument"]
	if path.Ext(name) != ".xml" {
		return nil, a.unlikeXLSX(nil)
	}
	book := &workbook{archive: a}
	related, err := a.relations(name)
	if err != nil {
		return nil, err
	}
	if err := book.readSheets(name, related); err != nil {
		return nil, err
	}
	if len(book.sheets) == 0 {
		return nil, a.unlikeXLSX(nil)
	}
	if target := related.byType["styles"]; target != "" {
		if book.styles, err = a.readStyles(target); err != nil {
			return nil, err
		}
	}
	if target := related.byType["sharedStrings"]; target != "" {
		if book.strings, err = a.readStrings(target); err != nil {
			return nil, err
		}
	}
	return book, nil
}

// unlikeXLSX says what a zip file is that is no workbook.
func (a *archive) unlikeXLSX(err error) error {
	switch {
	case a.parts["content.xml"] != nil:
		return &FileError{Code: FileArchive, Problem: "this is an OpenDocument file; save it as .xlsx or CSV UTF-8"}
	case a.parts["xl/workbook.bin"] != nil:
		return &FileError{Code: FileArchive, Problem: "this is a binary workbook (.xlsb); save it as .xlsx or CSV UTF-8"}
	case err != nil && a.parts["xl/workbook.xml"] != nil:
		return err
	}
	return &FileError{Code: FileArchive, Problem: "this is a zip archive, but no workbook; put the CSV or .xlsx file itself here"}
}

// relations reads which parts belong to a part (ECMA-376 part 2, 9.3); those of the whole file have the name "".
func (a *archive) relations(name string) (relations, error) {
	dir, base := path.Split(name)
	found := relations{map[string]string{}, map[string]string{}, map[string]string{}}
	err := a.elements(dir+"_rels/"+base+".rels", func(element string, has attributes) {
		id, target := has.get("Id"), has.get("Target")
		if element != "Relationship" || target == "" || has.get("TargetMode") == "External" {
			return
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		target, kind := strings.TrimPrefix(target, "/"), path.Base(has.get("Type"))
		found.byID[id], found.byType[kind], found.typeOf[id] = target, target, kind
	})
	return found, err
}

func (b *workbook) readSheets(name string, related relations) error {
	return b.elements(name, func(element string, has attributes) {
		switch element {
		case "workbookPr":
			b.date1904 = has.is("date1904")
		case "sheet":
			if id := has.get("id"); related.typeOf[id] == "worksheet" {
				state := has.get("state")
				b.sheets = append(b.sheets, worksheet{has.get("name"), related.byID[id], state != "" && state != "visible"})
			}
		}
	})
}
