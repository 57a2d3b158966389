package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// photosPage is the body of the page of a consultation's photographs.
type photosPage struct {
	Visit     string
	Identity  identity
	Allergies sectionView
	Photos    []photoView
	Problems  []problem
	Max       int // MB of one photograph
}

// photoView is one of them.
type photoView struct {
	Visit   string
	Number  int
	Caption string
}

// maxPhotos bounds the photographs of one request, in bytes. They are never in memory.
const maxPhotos = 400 << 20

// photographs are those of the visit's draft, and its draft. The visit is held.
func (c *call) photographs(v *visit) ([]record.Photograph, error) {
	if v.savedAt.IsZero() {
		return nil, nil
	}
	d, err := c.opt.Drafts.Draft(c.r.Context(), v.id)
	if record.CodeOf(err) == record.CodeNotFound && err != nil {
		// Dropped by a command beside the pages: what was written is kept anew.
		v.savedAt = time.Time{}
		return nil, nil
	}
	return d.Photographs, err
}

func photoViews(visit string, all []record.Photograph) (out []photoView) {
	for _, p := range all {
		out = append(out, photoView{visit, p.Number, plain(p.Caption)})
	}
	return out
}

// photoVersion tells one set of photographs, with what is said of them, from another.
func photoVersion(all []record.Photograph) string {
	if len(all) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, p := range all {
		fmt.Fprintf(sum, "%d %x %q\n", p.Number, p.SHA256, p.Caption)
	}
	return "-" + hex.EncodeToString(sum.Sum(nil)[:8])
}

func (c *call) photosForm() error {
	v, elsewhere, err := c.writable()
	if err != nil || elsewhere != "" {
		return c.orElsewhere(elsewhere, err)
	}
	defer v.mu.Unlock()
	return c.showPhotos(http.StatusOK, v, nil)
}

// orElsewhere is what [call.writable] leads to when nothing may be written.
func (c *call) orElsewhere(elsewhere string, err error) error {
	if err != nil {
		return err
	}
	return c.redirect(elsewhere)
}

func (c *call) showPhotos(status int, v *visit, problems []problem) error {
	all, err := c.photographs(v)
	if err != nil {
		return err
	}
	s := v.reading.Summary
	info, _ := record.InfoOf(record.Allergies)
	return c.show(status, "photos", page{Title: titlePhotos, Tab: "lecture", Scripts: []string{"photos.js"}, Body: photosPage{
		Visit: v.id, Identity: identityOf(s, c.now), Allergies: c.section(s, info, v.reading),
		Photos: photoViews(v.id, all), Problems: problems, Max: 20,
	}})
}

// photosTaken takes photographs up, one after the other and as streams. One that cannot
// be kept does not stop the others.
func (c *call) photosTaken() error {
	leave, err := c.busy(c.uploads)
	if err != nil {
		return err
	}
	defer leave()
	v, elsewhere, err := c.writable()
	if err != nil || elsewhere != "" {
		return c.orElsewhere(elsewhere, err)
	}
	defer v.mu.Unlock()
	if v.savedAt.IsZero() {
		if err := c.save(v); err != nil {
			return err
		}
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxPhotos)
	parts, err := c.r.MultipartReader()
	if err != nil {
		return &record.Error{Code: record.CodeInvalid, Op: "read request", Reason: ReasonForm, Err: err}
	}
	var problems []problem
	taken := 0
	for n := 0; n < maxFiles; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return tooLarge(err)
		}
		if part.FileName() == "" {
			continue
		}
		if _, err = c.opt.Photographs.Attach(c.r.Context(), v.id, part); err != nil {
			if errors.As(err, new(*http.MaxBytesError)) {
				return errTooLarge
			}
			say, next := c.explain(err)
			problems = append(problems, problem{say, next})
			continue
		}
		taken++
	}
	switch {
	case len(problems) > 0:
		return c.showPhotos(http.StatusBadRequest, v, problems)
	case taken == 0:
		return c.showPhotos(http.StatusBadRequest, v, []problem{{sayNoPhoto, nextNoPhoto}})
	}
	return c.redirect("/lecture/" + v.id + "/photos")
}

// photo returns the photograph that the address names. The visit is held.
func (c *call) photo(v *visit) (record.Photograph, error) {
	all, err := c.photographs(v)
	if err != nil {
		return record.Photograph{}, err
	}
	n, err := strconv.Atoi(c.r.PathValue("n"))
	for _, p := range all {
		if err == nil && p.Number == n {
			return p, nil
		}
	}
	return record.Photograph{}, errNowhere
}

// photoShown sends a photograph as it is kept.
func (c *call) photoShown() error {
	v, elsewhere, err := c.writable()
	if err != nil || elsewhere != "" {
		return errors.Join(err, errNowhere)
	}
	p, err := c.photo(v)
	v.mu.Unlock()
	if err != nil {
		return err
	}
	from, err := c.opt.Photographs.Photograph(c.r.Context(), v.id, p.Number)
	if err != nil {
		return err
	}
	defer from.Close()
	c.w.Header().Set("Content-Type", p.MediaType)
	c.w.Header().Set("Content-Length", strconv.FormatInt(p.Size, 10))
	_, err = io.Copy(c.w, from)
	if err != nil {
		panic(http.ErrAbortHandler) // half a picture must not look like a whole one
	}
	return nil
}

// maxCaption bounds what is said of a photograph, in characters.
const maxCaption = 300

func (c *call) photoCaption() error {
	return c.changePhoto(func(v *visit, p record.Photograph) error {
		caption := strings.Join(strings.Fields(c.r.PostFormValue("legende")), " ")
		if len([]rune(caption)) > maxCaption || !clean(caption) {
			return c.showPhotos(http.StatusBadRequest, v, []problem{{sayCaptionRefused, ""}})
		}
		return c.opt.Photographs.Caption(c.r.Context(), v.id, p.Number, caption)
	})
}

func (c *call) photoDropped() error {
	return c.changePhoto(func(v *visit, p record.Photograph) error {
		delete(v.rulers, string(p.SHA256))
		return c.opt.Photographs.Detach(c.r.Context(), v.id, p.Number)
	})
}

// changePhoto changes the photograph that the address names and shows all of them
// again, unless change has shown something.
func (c *call) changePhoto(change func(v *visit, p record.Photograph) error) error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil || elsewhere != "" {
		return c.orElsewhere(elsewhere, err)
	}
	defer v.mu.Unlock()
	p, err := c.photo(v)
	if err != nil {
		return err
	}
	if err := change(v, p); err != nil {
		return err
	}
	return c.redirect("/lecture/" + v.id + "/photos")
}
