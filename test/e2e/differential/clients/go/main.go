// Tries a Kubernetes API server with client-go or controller-runtime, and prints what it saw: one JSON object a line, of a step and a value.
//
//	clients client-go|controller-runtime NAMESPACE     (the server is that of KUBECONFIG)
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// trial is one run: everything it makes is in one namespace.
type trial struct {
	ctx       context.Context
	config    *rest.Config
	namespace string
}

// see prints what came of a step: the value, or the error as the library tells it.
func see(step string, value any, err error) {
	if err != nil {
		value = map[string]any{"error": err.Error(), "reason": string(apierrors.ReasonForError(err))}
	}
	line, err := json.Marshal(map[string]any{"step": step, "value": value})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func main() {
	trials := map[string]func(trial){"client-go": clientGo, "controller-runtime": controllerRuntime}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		panic(err)
	}
	config.QPS = 1000
	config.Burst = 1000
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	trials[os.Args[1]](trial{ctx, config, os.Args[2]})
}
