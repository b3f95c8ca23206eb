// Mends how the addon of @tensorflow/tfjs-node-gpu 4.22 shares memory with TensorFlow: the compiler includes this file
// before each of the package's sources, which then call the functions below in place of TensorFlow's.
//
// Rule: what TensorFlow keeps, TensorFlow owns. It may let go of a tensor on any of its threads, and there nothing of
// JavaScript's may be touched.
//
// It also makes sessions as a ConfigProto beside their graph says (session_config.pb), for which the package has no way.
#ifndef FINETUNE_OWN_MEMORY_H_
#define FINETUNE_OWN_MEMORY_H_

#include <node_api.h>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"
#include "tensorflow/core/platform/ctstring_internal.h"
#include "signals.h"

// Stands in for the package's napi_auto_ref.h, a reference that kept an array alive while its memory was lent and that
// was deleted on TensorFlow's threads, and twice where a tensor could not be made. Nothing is lent, so it holds nothing.
#define TF_NODEJS_NAPI_AUTO_REF_H_
namespace tfnodejs {
class NapiAutoRef {
 public:
  static void *operator new(size_t) {
    static char nothing;
    return &nothing;
  }
  static void operator delete(void *) {}
  napi_status Init(napi_env, napi_value) { return napi_ok; }
  napi_status Cleanup() { return napi_ok; }
};
}  // namespace tfnodejs

namespace finetune {

// TF_NewTensor, but with a copy of the values. Null when there is no memory for it.
inline TF_Tensor *NewTensor(TF_DataType type, const int64_t *dimensions, int rank, void *data, size_t length,
                            void (*)(void *, size_t, void *), void *) {
  TF_Tensor *tensor = TF_AllocateTensor(type, dimensions, rank, length);
  if (tensor == nullptr || length == 0) return tensor;
  void *own = TF_TensorData(tensor);
  if (own == nullptr) {
    TF_DeleteTensor(tensor);
    return nullptr;
  }
  std::memcpy(own, data, length);
  return tensor;
}

inline TFE_TensorHandle *NewTensorHandle(TF_Tensor *tensor, TF_Status *status) {
  if (tensor != nullptr) return TFE_NewTensorHandle(tensor, status);
  TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "no memory is left for a tensor");
  return nullptr;
}

inline void FreeStrings(void *data, size_t length, void *) {
  TF_TString *strings = static_cast<TF_TString *>(data);
  for (size_t i = 0; i < length / sizeof(TF_TString); i++) TF_TString_Dealloc(strings + i);
  std::free(data);
}

// The package allocates string tensors only. It freed their strings as soon as one tensor was disposed of, although
// others may share them (a reshaped one does); here they go with their memory, when the last one has gone.
inline TF_Tensor *AllocateTensor(TF_DataType type, const int64_t *dimensions, int rank, size_t length) {
  if (type != TF_STRING) return TF_AllocateTensor(type, dimensions, rank, length);
  const size_t alignment = TF_TensorDefaultAlignment();
  const size_t size = (length / alignment + 1) * alignment;
  void *data = std::aligned_alloc(alignment, size);
  if (data == nullptr) return nullptr;
  std::memset(data, 0, size);  // empty strings
  return TF_NewTensor(type, dimensions, rank, data, length, FreeStrings, nullptr);
}

// After a failed run the package forgets the tensors that it was about to feed.
inline void SessionRun(TF_Session *session, const TF_Buffer *run_options, const TF_Output *inputs,
                       TF_Tensor *const *input_values, int input_count, const TF_Output *outputs,
                       TF_Tensor **output_values, int output_count, const TF_Operation *const *targets,
                       int target_count, TF_Buffer *run_metadata, TF_Status *status) {
  const WithoutSignals quiet;
  TF_SessionRun(session, run_options, inputs, input_values, input_count, outputs, output_values, output_count, targets,
                target_count, run_metadata, status);
  if (TF_GetCode(status) == TF_OK) return;
  for (int i = 0; i < input_count; i++) TF_DeleteTensor(input_values[i]);
}

// The package has no way to say how a session shall be made: a ConfigProto that lies beside its graph says it.
inline void Configure(TF_SessionOptions *options, const char *folder, TF_Status *status) {
  std::ifstream file(std::string(folder) + "/session_config.pb", std::ios::binary);
  if (!file) return;
  const std::string config((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  TF_SetConfig(options, config.data(), config.size(), status);
}

// After a failed load the package forgets the graph.
inline TF_Session *LoadSession(TF_SessionOptions *options, const TF_Buffer *run_options, const char *folder,
                               const char *const *tags, int tag_count, TF_Graph *graph, TF_Buffer *meta_graph,
                               TF_Status *status) {
  const WithoutSignals quiet;
  Configure(options, folder, status);
  TF_Session *session = nullptr;
  if (TF_GetCode(status) == TF_OK) {
    session = TF_LoadSessionFromSavedModel(options, run_options, folder, tags, tag_count, graph, meta_graph, status);
  }
  if (TF_GetCode(status) != TF_OK) TF_DeleteGraph(graph);
  return session;
}

// The session is gone even where closing it is reported to have failed; the package would then delete it again.
inline void DeleteSession(TF_Session *session, TF_Status *status) {
  TF_DeleteSession(session, status);
  TF_SetStatus(status, TF_OK, "");
}

}  // namespace finetune

#define TF_NewTensor finetune::NewTensor
#define TF_AllocateTensor finetune::AllocateTensor
#define TFE_NewTensorHandle finetune::NewTensorHandle
#define TF_SessionRun finetune::SessionRun
#define TF_LoadSessionFromSavedModel finetune::LoadSession
#define TF_DeleteSession finetune::DeleteSession
#define TF_TString_Dealloc(string) static_cast<void>(string)

#endif  // FINETUNE_OWN_MEMORY_H_
