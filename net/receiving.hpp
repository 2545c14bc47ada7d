// Reading from a socket without asking the kernel in vain. Asio's own way where that is not
// possible.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/detail/bind_handler.hpp>
#include <boost/asio/detail/fenced_block.hpp>
#include <boost/asio/detail/handler_alloc_helpers.hpp>
#include <boost/asio/detail/handler_cont_helpers.hpp>
#include <boost/asio/detail/handler_work.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/version.hpp>
#include <memory>
#include <utility>

// What Asio's reactor does inside is known for this version alone.
#if BOOST_VERSION == 108100 && defined(BOOST_ASIO_HAS_EPOLL) \
    && !defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
#define RELIABLE_SIGNALER_SPARES_FUTILE_READS
#endif

namespace reliable_signaler::net {

/// Lets the sockets that a listener accepts, or the socket itself, say with what they receive
/// whether there is more (TCP_INQ, tcp(7)). Not where the kernel does not count their end as that,
/// and works without, at a higher cost.
void tell_what_is_left(int descriptor) noexcept;

#ifdef RELIABLE_SIGNALER_SPARES_FUTILE_READS

/// A read as Asio's reactor performs it. Asio itself reads once more after each message, to find
/// nothing, before it waits; that is one of four system calls for a message that comes alone, and
/// measured a tenth of its whole cost. Here the reactor is told when nothing is left: the kernel
/// says so with the bytes.
class receive_operation_base : public boost::asio::detail::reactor_op {
public:
  using descriptor_data = boost::asio::detail::reactor::per_descriptor_data;

protected:
  receive_operation_base(int descriptor, descriptor_data data, boost::asio::mutable_buffer to,
                         func_type when_done) noexcept
      : reactor_op({}, &receive_operation_base::receive, when_done),
        descriptor_(descriptor),
        data_(data),
        to_(to) {}
  ~receive_operation_base() = default;

private:
  static status receive(reactor_op* base) noexcept;

  int descriptor_;
  descriptor_data data_;
  boost::asio::mutable_buffer to_;
};

/// The same with what is to be called: `handler(error, count)`.
template <class Handler>
class receive_operation final : public receive_operation_base {
public:
  BOOST_ASIO_DEFINE_HANDLER_PTR(receive_operation);

  receive_operation(int descriptor, descriptor_data data, boost::asio::mutable_buffer to,
                    Handler& handler, const boost::asio::io_context::executor_type& executor)
      : receive_operation_base(descriptor, data, to, &receive_operation::complete_now),
        handler_(std::move(handler)),
        work_(handler_, executor) {}

private:
  using work = boost::asio::detail::handler_work<Handler, boost::asio::io_context::executor_type>;

  // Without an owner it is to be destroyed only.
  static void complete_now(void* owner, boost::asio::detail::operation* base,
                           const boost::system::error_code&, std::size_t) {
    auto* self = static_cast<receive_operation*>(base);
    ptr memory{std::addressof(self->handler_), self, self};
    work under_way{std::move(self->work_)};
    boost::asio::detail::binder2<Handler, boost::system::error_code, std::size_t> bound{
        self->handler_, self->ec_, self->bytes_transferred_};
    // Free before the call, which may begin the next read.
    memory.h = std::addressof(bound.handler_);
    memory.reset();
    if (owner == nullptr) return;
    boost::asio::detail::fenced_block fence{boost::asio::detail::fenced_block::half};
    under_way.complete(bound, bound.handler_);
  }

  Handler handler_;
  work work_;
};

#endif

} // namespace reliable_signaler::net
