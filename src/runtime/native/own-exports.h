// What the addon exports of ours beside the package's: the compiler reads this before each of the package's sources.
#ifndef FINETUNE_OWN_EXPORTS_H_
#define FINETUNE_OWN_EXPORTS_H_

#include <node_api.h>

namespace finetune {

// Registers FinetuneEightBitLayers and FinetuneBfloat16Layers where they can be computed (own-operations.cc).
bool HaveTiledLayers();

// Where one of two pictures lies best on the other (shifts.cc).
napi_value BestShifts(napi_env env, napi_callback_info call);

// The package calls it for each of its constants: ours are defined as often.
inline napi_status DefineProperties(napi_env env, napi_value exports, size_t count,
                                    const napi_property_descriptor *properties) {
  napi_value have;
  napi_status status = napi_define_properties(env, exports, count, properties);
  if (status == napi_ok) status = napi_get_boolean(env, HaveTiledLayers(), &have);
  if (status != napi_ok) return status;
  const napi_property_descriptor ours[] = {
      {"hasTiledLayers", nullptr, nullptr, nullptr, nullptr, have, napi_default_jsproperty, nullptr},
      {"bestShifts", nullptr, BestShifts, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr}};
  return napi_define_properties(env, exports, sizeof ours / sizeof *ours, ours);
}

}  // namespace finetune

#define napi_define_properties finetune::DefineProperties

#endif  // FINETUNE_OWN_EXPORTS_H_
