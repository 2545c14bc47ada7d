// Who must hear what: the messages that clients are owed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "client.hpp"

namespace reliable_signaler::sim {

/// A message is owed to whoever was known to sit in a room with the speaker when it was said, until
/// it is heard, and before anything later of the same speaker. It is owed no longer when the hearer
/// knows of a gap or gave up a room, or when the speaker gave up before it knew that the message
/// was taken.
class ledger {
public:
  void owe(const client& hearer, const client& speaker, int number) {
    owed_[{&hearer, &speaker}].insert(number);
  }
  /// Throws broken_promise when an earlier one was skipped without a word of a gap.
  void heard(const client& hearer, const client& speaker, int number);
  /// Of what has been said up to now the hearer need not hear anything.
  void excuse(const client& hearer);
  /// What the speaker is not sure of need not be heard.
  void forgive(const client& speaker);
  void forget(const client& who);

  /// What is owed still; "" when all is well.
  std::string missing() const;

private:
  std::map<std::pair<const client*, const client*>, std::set<int>> owed_;
};

} // namespace reliable_signaler::sim
