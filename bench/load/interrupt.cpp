// The flag and its handler.
#include "interrupt.hpp"

#include <csignal>

namespace reliable_signaler::bench {

namespace {

volatile std::sig_atomic_t flag = 0;

void interrupt(int signal) {
  flag = 1;
  std::signal(signal, SIG_DFL);
}

} // namespace

void catch_interrupts() {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
}

bool interrupted() noexcept {
  return flag != 0;
}

} // namespace reliable_signaler::bench
