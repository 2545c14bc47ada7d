// Keeping account of what is owed.
#include "ledger.hpp"

#include "simulation.hpp"

namespace reliable_signaler::sim {

void ledger::heard(const client& hearer, const client& speaker, int number) {
  const auto at = owed_.find({&hearer, &speaker});
  if (at == owed_.end()) return;
  auto& numbers = at->second;
  if (!numbers.empty())
    require(*numbers.begin() >= number,
            hearer.name() + " hears what is newer than " + speaker.name() + " "
                + std::to_string(*numbers.begin()) + ", which it has missed and was not told");
  numbers.erase(numbers.begin(), numbers.upper_bound(number));
}

void ledger::excuse(const client& hearer) {
  for (auto& [who, numbers] : owed_)
    if (who.first == &hearer) numbers.clear();
}

void ledger::forgive(const client& speaker) {
  for (auto& [who, numbers] : owed_)
    if (who.second == &speaker) numbers.erase(numbers.upper_bound(speaker.sure()), numbers.end());
}

void ledger::forget(const client& who) {
  excuse(who);
  forgive(who);
}

std::string ledger::missing() const {
  for (const auto& [who, numbers] : owed_)
    if (!numbers.empty())
      return who.first->name() + " has not heard " + who.second->name() + " "
             + std::to_string(*numbers.begin());
  return {};
}

} // namespace reliable_signaler::sim
