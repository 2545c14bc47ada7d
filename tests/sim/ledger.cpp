// Keeping account of what is owed.
#include "ledger.hpp"

namespace reliable_signaler::sim {

void ledger::heard(const client& hearer, const client& speaker, int number) {
  const auto at = owed_.find({&hearer, &speaker});
  if (at == owed_.end()) return;
  auto& numbers = at->second;
  if (!numbers.empty() && *numbers.begin() < number)
    holes_[&hearer] = speaker.name() + " " + std::to_string(*numbers.begin());
  numbers.erase(numbers.begin(), numbers.upper_bound(number));
}

void ledger::excuse(const client& hearer) {
  for (auto& [who, numbers] : owed_)
    if (who.first == &hearer) numbers.clear();
  holes_.erase(&hearer);
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
  for (const auto& [hearer, what] : holes_)
    return hearer->name() + " has missed " + what + " and was not told";
  for (const auto& [who, numbers] : owed_)
    if (!numbers.empty())
      return who.first->name() + " has not heard " + who.second->name() + " "
             + std::to_string(*numbers.begin());
  return {};
}

} // namespace reliable_signaler::sim
