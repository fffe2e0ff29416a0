package site

import (
	"encoding/json"
	"io"
	"os"

	"latus/index"
	"latus/index/mergelog"
	"latus/sync/config"
	"latus/sync/tree"
)

// ReadConfig reads config.json. A tree that has none, and nothing that comes after it,
// is fresh: os.ErrNotExist. Other errors are worded for people.
func (h *Home) ReadConfig() (c config.Config, err error) {
	if h.Dir == nil {
		return c, os.ErrNotExist
	}
	f, err := h.Dir.Read(config.File)
	if tree.IsNotExist(err) {
		// It is durable before either of these is begun.
		for _, name := range []string{index.FileName, mergelog.FileName} {
			if _, err := h.Dir.Stat(name); err == nil {
				return c, config.Missing(name)
			}
		}
		return c, os.ErrNotExist
	}
	if err == nil {
		defer f.Close()
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(f, config.Largest)); err == nil {
			return config.Parse(b)
		}
	}
	return c, config.Unreadable(err)
}

// WriteConfig writes config.json, durably.
func (h *Home) WriteConfig(c *config.Config) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return h.Write(config.File, append(b, '\n'), true)
}
