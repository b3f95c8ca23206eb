// Threads that compute the parts of one thing, and wait for one another between its steps.
#ifndef FINETUNE_TEAM_H_
#define FINETUNE_TEAM_H_

#include <immintrin.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

namespace finetune {

// Where the threads of a team meet. Steps take less time than putting a thread to sleep, so they look again and again, let
// others run from time to time, and sleep between looks after that, lest a machine with other work waits for those who wait.
class Meeting {
 public:
  explicit Meeting(int size) : size_(size) {}

  void Wait() {
    const int round = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.fetch_add(1, std::memory_order_acq_rel);
      return;
    }
    for (int looks = 1; round_.load(std::memory_order_acquire) == round; looks++) {
      if (looks % kLooks != 0) _mm_pause();
      else if (looks < kPatience) std::this_thread::yield();
      else std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  static constexpr int kLooks = 512, kPatience = 1 << 16;
  const int size_;
  std::atomic<int> arrived_{0};
  std::atomic<int> round_{0};
};

// The threads of this process that compute layers, as many as TensorFlow takes for one operation.
class Team {
 public:
  // They live as long as the process: to be ended while it ends would need them all to wake.
  static Team &Of() {
    static Team *const team = new Team;
    return *team;
  }

  int size() const { return size_; }

  // Calls part(t) for each t below size(), t = 0 on this thread, and returns when all have returned. Where the team is at
  // work for another, or the system gives no threads, it returns false at once and has called nothing.
  bool Run(const std::function<void(int)> &part) {
    std::unique_lock<std::mutex> busy(busy_, std::try_to_lock);
    if (!busy || !Start()) return false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      part_ = &part;
      working_ = size_ - 1;
      call_++;
    }
    called_.notify_all();
    part(0);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return working_ == 0; });
    return true;
  }

 private:
  Team() : size_(Size()) {}

  static int Size() {
    const char *given = std::getenv("TF_NUM_INTRAOP_THREADS");
    const long threads = given == nullptr ? 0 : std::strtol(given, nullptr, 10);
    const long processors = std::thread::hardware_concurrency();
    return static_cast<int>(std::min(kMost, std::max(1l, threads > 0 ? threads : processors)));
  }

  bool Start() {
    try {
      for (; started_ < size_ - 1; started_++) std::thread(&Team::Work, this, started_ + 1).detach();
    } catch (const std::system_error &) {
      return false;
    }
    return true;
  }

  void Work(int t) {
    for (long seen = 0;;) {
      const std::function<void(int)> *part;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        called_.wait(lock, [&] { return call_ != seen; });
        seen = call_;
        part = part_;
      }
      (*part)(t);
      std::lock_guard<std::mutex> lock(mutex_);
      if (--working_ == 0) done_.notify_one();
    }
  }

  static constexpr long kMost = 1024;
  const int size_;
  int started_ = 0;
  std::mutex busy_, mutex_;
  std::condition_variable called_, done_;
  const std::function<void(int)> *part_ = nullptr;
  int working_ = 0;
  long call_ = 0;
};

}  // namespace finetune

#endif  // FINETUNE_TEAM_H_
