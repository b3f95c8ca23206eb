// Says in the addon's exports which operations of ours TensorFlow has here: the compiler reads this before each of the
// package's sources.
#ifndef FINETUNE_OWN_OPERATIONS_H_
#define FINETUNE_OWN_OPERATIONS_H_

#include <node_api.h>

namespace finetune {

// Registers FinetuneEightBitLayers and FinetuneBfloat16Layers where they can be computed.
bool HaveTiledLayers();

inline napi_status DefineProperties(napi_env env, napi_value exports, size_t count,
                                    const napi_property_descriptor *properties) {
  const napi_status status = napi_define_properties(env, exports, count, properties);
  napi_value have;
  if (status != napi_ok || napi_get_boolean(env, HaveTiledLayers(), &have) != napi_ok) return status;
  return napi_set_named_property(env, exports, "hasTiledLayers", have);
}

}  // namespace finetune

#define napi_define_properties finetune::DefineProperties

#endif  // FINETUNE_OWN_OPERATIONS_H_
