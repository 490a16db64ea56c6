// Which paths of a context docker sends, asked of docker's own modules: those that BuildKit's client and the classic
// builder's client walk a context with. test/build-push/ignore-fuzz.ts compares build-push with the answers.
//
// Arguments: the folder of the context. Standard input: one ignore file per line, as base64 of its bytes. Standard
// output: for each line {"buildkit": ANSWER, "classic": ANSWER}, where ANSWER is the sorted list of paths, each as
// base64 and without folders, or null if docker refuses the file.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/moby/go-archive"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/sirupsen/logrus"
	"github.com/tonistiigi/fsutil"
)

type answers struct {
	BuildKit []string `json:"buildkit"`
	Classic  []string `json:"classic"`
}

func main() {
	root := os.Args[1]
	input := bufio.NewReader(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		check(err)
		text, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(line)))
		check(err)
		var answer answers
		if patterns, err := ignorefile.ReadAll(bytes.NewReader(text)); err == nil {
			answer = answers{sentByBuildKit(root, patterns), sentByClassic(root, patterns)}
		}
		check(output.Encode(answer))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// sentByBuildKit is nil where the client reports an error.
func sentByBuildKit(root string, patterns []string) []string {
	sent := []string{}
	options := &fsutil.FilterOpt{ExcludePatterns: patterns}
	err := fsutil.WalkDir(context.Background(), root, options, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			sent = append(sent, encode(path))
		}
		return err
	})
	if err != nil {
		return nil
	}
	sort.Strings(sent)
	return sent
}

// sentByClassic is nil where the client reports an error: it tries the patterns on the context before it archives it.
// It is nil too where that overlooks a pattern, and the archive ends early, which is only logged.
func sentByClassic(root string, patterns []string) []string {
	if !isAccepted(root, patterns) {
		return nil
	}
	var logged bytes.Buffer
	logrus.SetOutput(&logged)
	stream, err := archive.TarWithOptions(root, &archive.TarOptions{ExcludePatterns: patterns})
	if err != nil {
		return nil
	}
	defer stream.Close()
	sent := []string{}
	for reader := tar.NewReader(stream); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		check(err)
		if header.Typeflag != tar.TypeDir {
			sent = append(sent, encode(header.Name))
		}
	}
	if strings.Contains(logged.String(), "Error matching") {
		return nil
	}
	sort.Strings(sent)
	return sent
}

func isAccepted(root string, patterns []string) bool {
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return false
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		check(err)
		relative, err := filepath.Rel(root, path)
		check(err)
		if relative == "." {
			return nil
		}
		isExcluded, err := matcher.MatchesOrParentMatches(filepath.ToSlash(relative))
		if err == nil && isExcluded && entry.IsDir() {
			return filepath.SkipDir
		}
		return err
	})
	return err == nil
}

func encode(path string) string {
	return base64.StdEncoding.EncodeToString([]byte(path))
}
