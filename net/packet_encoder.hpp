// The encoder that actors use: domain data in, packets for every transport out. Stateless.
#pragma once

#include "../actors/ports.hpp"

namespace reliable_signaler::net {

/// Everything it returns is an `outbound_packet`; sessions rely on that.
class packet_encoder final : public encoder {
public:
  encoded_ptr event(std::string_view nsp, const arguments& args, std::optional<std::uint64_t> ack,
                    std::string_view offset) const override;
  encoded_ptr acknowledgement(std::string_view nsp, std::uint64_t id,
                              const arguments& args) const override;
  encoded_ptr connected(std::string_view nsp, std::string_view sid,
                        std::string_view pid) const override;
  encoded_ptr refused(std::string_view nsp, std::string_view message,
                      std::string_view data) const override;
  encoded_ptr disconnected(std::string_view nsp) const override;
};

} // namespace reliable_signaler::net
