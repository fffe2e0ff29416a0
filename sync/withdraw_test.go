package sync_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	latussync "latus/sync"
	"latus/sync/peer"
	"latus/sync/replica"
)

// What a run that was not wanted leaves of trees that were new: nothing that it has
// made, and all that anybody else has put there.
func TestWithdraw(t *testing.T) {
	declined := errors.New("not wanted")
	for name, c := range map[string]struct {
		before, meanwhile func(put func(name string))
		ended             bool     // the run was interrupted
		left              []string // of A and B, afterwards
	}{
		"nothing": {left: []string{"a/file"}},
		"a file in the directory that was made": {
			meanwhile: func(put func(string)) { put("b/mine") },
			left:      []string{"a/file", "b/mine"},
		},
		"something in the trash": {
			meanwhile: func(put func(string)) { put("a/.latus/trash/mine") },
			left:      []string{"a/.latus/.gitignore", "a/.latus/config.json", "a/.latus/index.jsonl", "a/.latus/lock", "a/.latus/trash/mine", "a/file"},
		},
		"something in the staging area": {
			meanwhile: func(put func(string)) { put("b/.latus/staging/mine") },
			left:      []string{"a/file", "b/.latus/.gitignore", "b/.latus/config.json", "b/.latus/lock", "b/.latus/staging/mine"},
		},
		"a log": {
			meanwhile: func(put func(string)) { put("a/.latus/log.jsonl") },
			left:      []string{"a/.latus/.gitignore", "a/.latus/config.json", "a/.latus/index.jsonl", "a/.latus/lock", "a/.latus/log.jsonl", "a/file"},
		},
		"a private folder that was there": {
			before: func(put func(string)) { put("b/.latus/lock") },
			left:   []string{"a/file", "b/.latus/.gitignore", "b/.latus/config.json", "b/.latus/lock"},
		},
		"an interruption": {
			ended: true,
			left:  []string{"a/.latus/.gitignore", "a/.latus/config.json", "a/.latus/index.jsonl", "a/.latus/lock", "a/file", "b/.latus/.gitignore", "b/.latus/config.json", "b/.latus/lock"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(name string) {
				file := filepath.Join(dir, filepath.FromSlash(name))
				if err := first(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, nil, 0o666)); err != nil {
					t.Fatal(err)
				}
			}
			put("a/file")
			if c.before != nil {
				c.before(put)
			}
			ctx, end := context.WithCancel(t.Context())
			defer end()
			var trees []peer.Member
			for _, tree := range []string{"a", "b"} {
				r, err := replica.Open(filepath.Join(dir, tree), replica.Options{})
				if err != nil {
					t.Fatal(err)
				}
				trees = append(trees, peer.Member{Spec: tree, Replica: r})
			}
			_, err := latussync.Run(ctx, trees, latussync.Options{Ready: func(context.Context) error {
				if c.meanwhile != nil {
					c.meanwhile(put)
				}
				if c.ended {
					end()
				}
				return declined
			}}, &run{})
			for _, m := range trees {
				if err := m.Replica.Close(); err != nil {
					t.Error(err)
				}
			}
			if !errors.Is(err, declined) {
				t.Fatal(err)
			}
			var left []string
			err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					rel, _ := filepath.Rel(dir, p)
					left = append(left, filepath.ToSlash(rel))
				}
				return err
			})
			if err != nil || !slices.Equal(left, c.left) {
				t.Errorf("%v: left %q, not %q", err, left, c.left)
			}
			if _, err := os.Stat(filepath.Join(dir, "b")); name == "nothing" && !os.IsNotExist(err) {
				t.Error("the directory that was made is still there:", err)
			}
		})
	}
}
