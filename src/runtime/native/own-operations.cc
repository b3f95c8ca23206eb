// Operations of ours for TensorFlow's graphs, registered when the addon is opened:
//
//   FinetuneEightBitLayers(pixels: uint8, weights: count * qint8, biases: count * float, scales: count * float)
//       -> maps: outputs * quint8
//   FinetuneBfloat16Layers(pixels: uint8, weights: count * bfloat16, biases: count * float, values: bfloat16)
//       -> maps: outputs * bfloat16
//
// compute what tiled-layers.h describes; `program` and, in eight bits, `steps` for each convolution are attributes. Only where
// there are tiles (tiles.h).
#include "own-exports.h"
#include "tiled-layers.h"

#ifdef FINETUNE_TILES
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

// Of tensorflow/c/kernels.h, which includes headers that we do not set up.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
TF_KernelBuilder *TF_NewKernelBuilder(const char *operation, const char *device,
                                      void *(*create)(TF_OpKernelConstruction *),
                                      void (*compute)(void *, TF_OpKernelContext *), void (*remove)(void *));
void TF_RegisterKernelBuilder(const char *name, TF_KernelBuilder *builder, TF_Status *status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *construction, TF_Status *status);
void TF_OpKernelConstruction_GetAttrSize(TF_OpKernelConstruction *construction, const char *name, int32_t *size,
                                         int32_t *total, TF_Status *status);
void TF_OpKernelConstruction_GetAttrInt64List(TF_OpKernelConstruction *construction, const char *name, int64_t *values,
                                              int size, TF_Status *status);
void TF_OpKernelConstruction_GetAttrFloatList(TF_OpKernelConstruction *construction, const char *name, float *values,
                                              int size, TF_Status *status);
void TF_GetInput(TF_OpKernelContext *context, int i, TF_Tensor **tensor, TF_Status *status);
TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *context, int i, TF_DataType type, const int64_t *shape, int rank,
                             size_t bytes, TF_Status *status);
void TF_OpKernelContext_Failure(TF_OpKernelContext *context, TF_Status *status);
}

namespace finetune {
namespace {

// What differs between the two.
struct InEightBits {
  using Numbers = EightBits;
  static constexpr char kName[] = "FinetuneEightBitLayers";
  static constexpr TF_DataType kType = TF_QUINT8;
  static constexpr const char *kMore = "scales: count * float", *kWeights = "weights: count * qint8", *kMaps = "maps: outputs * quint8";
};
struct InBfloat16 {
  using Numbers = Bfloat16;
  static constexpr char kName[] = "FinetuneBfloat16Layers";
  static constexpr TF_DataType kType = TF_BFLOAT16;
  static constexpr const char *kMore = "values: bfloat16", *kWeights = "weights: count * bfloat16", *kMaps = "maps: outputs * bfloat16";
};

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status &) = delete;
  operator TF_Status *() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status *const status_;
};

using Tensor = std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)>;

// Nothing once something has failed, so that it is enough to look at the status after several.
Tensor Input(TF_OpKernelContext *context, int i, TF_Status *status) {
  TF_Tensor *tensor = nullptr;
  if (TF_GetCode(status) == TF_OK) TF_GetInput(context, i, &tensor, status);
  return Tensor(tensor, &TF_DeleteTensor);
}

template <typename Value>
const Value *ValuesOf(const Tensor &tensor) {
  return static_cast<const Value *>(TF_TensorData(tensor.get()));
}

// One node of a graph.
template <typename Numbers>
struct Node {
  std::unique_ptr<TiledLayers<Numbers>> layers;
  std::vector<float> steps;
  std::mutex mutex;
};

template <typename Value, typename Read>
std::vector<Value> List(TF_OpKernelConstruction *construction, const char *name, Read read, TF_Status *status) {
  int32_t size = 0, total = 0;
  TF_OpKernelConstruction_GetAttrSize(construction, name, &size, &total, status);
  std::vector<Value> values(TF_GetCode(status) == TF_OK ? size : 0);
  if (!values.empty()) read(construction, name, values.data(), size, status);
  return values;
}

template <typename Numbers>
void *Create(TF_OpKernelConstruction *construction) {
  Status status;
  const auto program = List<int64_t>(construction, "program", TF_OpKernelConstruction_GetAttrInt64List, status);
  std::vector<float> steps;
  if (status.ok()) steps = List<float>(construction, "steps", TF_OpKernelConstruction_GetAttrFloatList, status);
  if (!status.ok()) {
    TF_OpKernelConstruction_Failure(construction, status);
    return nullptr;
  }
  auto node = std::make_unique<Node<Numbers>>();
  node->layers = std::make_unique<TiledLayers<Numbers>>(program);
  node->steps = steps;
  return node.release();
}

// What TensorFlow, which calls from C, is told in place of an exception.
void NoMemory(TF_Status *status) { TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "no memory is left for a network's layers"); }

template <typename Numbers>
void *TryCreate(TF_OpKernelConstruction *construction) {
  try {
    return Create<Numbers>(construction);
  } catch (const std::exception &) {
    Status status;
    NoMemory(status);
    TF_OpKernelConstruction_Failure(construction, status);
    return nullptr;
  }
}

// Weights are constants of the graph; they are put in order once.
template <typename Numbers>
void TakeWeights(Node<Numbers> &node, TF_OpKernelContext *context, TF_Status *status) {
  using Weight = typename Numbers::Weight;
  const int count = static_cast<int>(node.layers->convolutions());
  node.layers->ForgetWeights();
  for (int i = 0; i < count; i++) {
    const Tensor weights = Input(context, 1 + i, status);
    const Tensor biases = Input(context, 1 + count + i, status);
    const Tensor scales = Input(context, 1 + 2 * count + (Numbers::kHasScales ? i : 0), status);
    if (TF_GetCode(status) != TF_OK) return;
    node.layers->AddWeights(ValuesOf<Weight>(weights), {ValuesOf<float>(scales), ValuesOf<float>(biases)},
                            Numbers::kHasScales ? node.steps[i] : 1);
  }
}

template <typename Kind>
void ComputeNode(Node<typename Kind::Numbers> &node, TF_OpKernelContext *context) {
  using Number = typename Kind::Numbers::Number;
  std::lock_guard<std::mutex> lock(node.mutex);
  auto &layers = *node.layers;
  Status status;
  const Tensor pixels = Input(context, 0, status);
  if (status.ok() && !layers.ready()) TakeWeights(node, context, status);
  const Tensor values = Input(context, 1 + 2 * static_cast<int>(layers.convolutions()), status);
  std::vector<Tensor> tensors;
  std::vector<uint8_t *> outputs;
  const int64_t count = status.ok() ? TF_Dim(pixels.get(), 0) : 0;
  const MapLayout &picture = layers.pixels();
  if (status.ok() && TF_TensorByteSize(pixels.get()) != size_t(count) * picture.height * picture.width * 3) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "pictures of another size than the layers were made for");
  }
  for (int i = 0; i < layers.outputs() && status.ok(); i++) {
    const MapLayout &map = layers.output(i);
    const int64_t shape[] = {count, map.height, map.width, map.channels};
    const size_t bytes = size_t(count) * map.height * map.width * map.place();
    tensors.emplace_back(TF_AllocateOutput(context, i, Kind::kType, shape, 4, bytes, status), &TF_DeleteTensor);
    if (status.ok()) outputs.push_back(static_cast<uint8_t *>(TF_TensorData(tensors.back().get())));
  }
  if (status.ok() && count > 0) {
    layers.Run({ValuesOf<uint8_t>(pixels), ValuesOf<Number>(values), outputs}, static_cast<int>(count));
  }
  if (!status.ok()) TF_OpKernelContext_Failure(context, status);
}

template <typename Kind>
void Compute(void *node, TF_OpKernelContext *context) {
  try {
    ComputeNode<Kind>(*static_cast<Node<typename Kind::Numbers> *>(node), context);
  } catch (const std::exception &) {
    Status status;
    NoMemory(status);
    TF_OpKernelContext_Failure(context, status);
  }
}

template <typename Numbers>
void Delete(void *node) {
  delete static_cast<Node<Numbers> *>(node);
}

template <typename Kind>
bool RegisterKind() {
  using Numbers = typename Kind::Numbers;
  Status status;
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(Kind::kName);
  for (const char *attribute : {"count: int >= 1", "outputs: int >= 1", "program: list(int)", "steps: list(float)"}) {
    TF_OpDefinitionBuilderAddAttr(definition, attribute);
  }
  for (const char *input : {"pixels: uint8", Kind::kWeights, "biases: count * float", Kind::kMore}) {
    TF_OpDefinitionBuilderAddInput(definition, input);
  }
  TF_OpDefinitionBuilderAddOutput(definition, Kind::kMaps);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext *context, TF_Status *status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  TF_RegisterOpDefinition(definition, status);
  if (!status.ok()) return false;
  TF_RegisterKernelBuilder(
      Kind::kName, TF_NewKernelBuilder(Kind::kName, "CPU", TryCreate<Numbers>, Compute<Kind>, Delete<Numbers>), status);
  return status.ok();
}

bool Register() { return TilesWork() && RegisterKind<InEightBits>() && RegisterKind<InBfloat16>(); }

}  // namespace

bool HaveTiledLayers() {
  static const bool have = Register();
  return have;
}

}  // namespace finetune

#else

namespace finetune {
bool HaveTiledLayers() { return false; }
}  // namespace finetune

#endif
