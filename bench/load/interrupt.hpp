// SIGINT and SIGTERM as a flag that long waits look at. Ends nothing by itself.
#pragma once

namespace reliable_signaler::bench {

/// From now on the first SIGINT or SIGTERM only sets the flag; the second one ends the process.
void catch_interrupts();

bool interrupted() noexcept;

} // namespace reliable_signaler::bench
