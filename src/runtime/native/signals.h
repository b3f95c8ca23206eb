// No signal comes to a thread that computes in TensorFlow.
//
// On processors without AVX-512 oneDNN multiplies matrices with code that takes the stack pointer for a register of its own
// for a while (jit_avx_gemm_f32; TensorFlow 2.21). A signal's handler writes its frame where that points: into the matrices,
// and beyond them. A terminal whose window changes, Ctrl-C, a child that ends or a profiler were enough to damage the memory
// of the process. Threads that TensorFlow starts have what their maker blocked; the signals come to threads of Node's that
// wait for work, and from there to where they are heard.
#ifndef FINETUNE_SIGNALS_H_
#define FINETUNE_SIGNALS_H_

#include <pthread.h>
#include <signal.h>
#include <initializer_list>
#include "tensorflow/c/eager/c_api.h"

namespace finetune {

// As long as it lives.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t all;
    sigfillset(&all);
    // what a thread brings upon itself is not put off
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, own);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals &) = delete;
  WithoutSignals &operator=(const WithoutSignals &) = delete;

 private:
  sigset_t before_;
};

inline TFE_Context *NewContext(const TFE_ContextOptions *options, TF_Status *status) {
  const WithoutSignals quiet;
  return TFE_NewContext(options, status);
}

inline void Execute(TFE_Op *operation, TFE_TensorHandle **results, int *count, TF_Status *status) {
  const WithoutSignals quiet;
  TFE_Execute(operation, results, count, status);
}

}  // namespace finetune

#define TFE_NewContext finetune::NewContext
#define TFE_Execute finetune::Execute

#endif  // FINETUNE_SIGNALS_H_
