// What BuildKit's own Dockerfile frontend reads for a build: the oracle for actions/build-push/src/dockerfile.
//
// Standard input: one JSON request per line. Standard output: one JSON answer per request, in order.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Dockerfile, or a word to be expanded.
type request struct {
	Dockerfile string            `json:"dockerfile"`
	Target     string            `json:"target"`
	Args       map[string]string `json:"args"`
	// linux/amd64
	Platform      string `json:"platform"`
	BuildPlatform string `json:"buildPlatform"`
	// Image → its ONBUILD triggers.
	Triggers map[string][]string `json:"triggers"`
	// Image → its environment (NAME=value).
	Environment map[string][]string `json:"environment"`

	Word   *string           `json:"word"`
	Escape string            `json:"escape"`
	Values map[string]string `json:"values"`
}

type answer struct {
	// Why BuildKit refuses it.
	Error string `json:"error,omitempty"`
	// Those of all stages that the target needs.
	Images []string `json:"images"`
	// Paths of the context that are transferred; nil: all of it, if it is read at all.
	Paths []string `json:"paths"`
	// Whether a step of the result reads the context.
	ReadsContext bool   `json:"readsContext"`
	Word         string `json:"word,omitempty"`
}

// resolver knows every image, and keeps the names that it is asked for.
type resolver struct {
	request request
	mutex   sync.Mutex
	asked   map[string]bool
}

func (r *resolver) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	r.mutex.Lock()
	r.asked[ref] = true
	r.mutex.Unlock()
	image := map[string]any{
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + strings.Repeat("a", 64)}},
		"config": map[string]any{"OnBuild": r.request.Triggers[ref], "Env": r.request.Environment[ref]},
	}
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		image["os"], image["architecture"] = opt.ImageOpt.Platform.OS, opt.ImageOpt.Platform.Architecture
	}
	config, err := json.Marshal(image)
	return ref, "", config, err
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked request
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			panic(err)
		}
		result := read
		if asked.Word != nil {
			result = expand
		}
		if err := out.Encode(result(asked)); err != nil {
			panic(err)
		}
	}
}

func expand(asked request) answer {
	values := []string{}
	for name, value := range asked.Values {
		values = append(values, name+"="+value)
	}
	word, _, err := shell.NewLex([]rune(asked.Escape)[0]).ProcessWord(*asked.Word, shell.EnvsFromSlice(values))
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Word: word}
}

func read(asked request) answer {
	names := &resolver{request: asked, asked: map[string]bool{}}
	// Those of a builder of the same version.
	capabilities := pb.Caps.CapSet(pb.Caps.All())
	target := platforms.Normalize(platforms.MustParse(asked.Platform))
	result, err := dockerfile2llb.Dockerfile2LLB(context.Background(), []byte(asked.Dockerfile), dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{
			BuildArgs:      asked.Args,
			Target:         asked.Target,
			BuildPlatforms: []ocispecs.Platform{platforms.Normalize(platforms.MustParse(asked.BuildPlatform))},
		},
		TargetPlatform: &target,
		LLBCaps:        &capabilities,
		MetaResolver:   names,
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	answered := answer{}
	if err := answered.addSources(result.State, names.asked); err != nil {
		return answer{Error: err.Error()}
	}
	answered.Images = slices.Sorted(maps.Keys(names.asked))
	return answered
}

// addSources finds the one local source of the build, which is its context, and images whose configuration is not
// loaded: of stages that only an ONBUILD instruction refers to.
func (a *answer) addSources(state llb.State, images map[string]bool) error {
	definition, err := state.Marshal(context.Background())
	if err != nil {
		return err
	}
	for _, data := range definition.Def {
		var op pb.Op
		if err := op.Unmarshal(data); err != nil {
			return err
		}
		source := op.GetSource()
		if image, ok := strings.CutPrefix(source.GetIdentifier(), "docker-image://"); ok {
			images[image] = true
		}
		if !strings.HasPrefix(source.GetIdentifier(), "local://") {
			continue
		}
		a.ReadsContext = true
		if paths, ok := source.Attrs[pb.AttrFollowPaths]; ok {
			if err := json.Unmarshal([]byte(paths), &a.Paths); err != nil {
				return err
			}
		}
	}
	return nil
}
